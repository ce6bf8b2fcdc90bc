"""The process that talks to Weights & Biases. It imports wandb and nothing else of ours."""
