"""What each way to run a network costs and changes: ``python -m tests.benchmarks.inference``.

Eager, compiled and half-precise torch, the ONNX graph whole and in eight bits, with all neurons
and pruned, in one table; then what a whole bundle costs. With the lab's pictures
(``../shared/data``) it also tells what each way gets right; without, it measures speed and size on
random crops, and says so. docs/inference.md shows a table and the command that made it.
"""
