from dataclasses import replace
from pathlib import Path

import pytest

from classifier.training.augmentation import Degradation
from classifier.training.config import TrainingConfig, Validation
from classifier.training.config_file import ConfigError, read_config, to_yaml
from classifier.training.network import BACKBONES


def test_nothing_given_is_the_default() -> None:
    assert read_config() == TrainingConfig()


def test_a_file_is_laid_over_the_defaults_and_changes_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("epochs: 3\nlearning_rate: 6e-4\ndegradation:\n  blur: 0\n  webp: 0.5\n")
    config = read_config(path, ["epochs=5", "degradation.webp=0.25", "reconstructions=made/here"])
    assert config == TrainingConfig(
        epochs=5,
        learning_rate=0.0006,
        reconstructions="made/here",
        degradation=Degradation(blur=0.0, webp=0.25),
    )


def test_a_config_that_was_written_reads_the_same_again(tmp_path: Path) -> None:
    config = TrainingConfig(epochs=2, validation=Validation(patience=3, metric="val_nll"))
    (tmp_path / "c.yaml").write_text(to_yaml(config.to_dict()))
    assert read_config(tmp_path / "c.yaml") == config


@pytest.mark.parametrize("name", ["shipped", "quick"])
def test_the_committed_configs_can_be_read(name: str) -> None:
    path = Path(__file__).parents[3] / "configs" / f"{name}.yaml"
    config = read_config(path)
    assert config.network in BACKBONES
    assert config != TrainingConfig()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("epochz=3", r"`epochz` is no setting. Did you mean `epochs`\? Allowed are: network"),
        ("degradation.blurr=1", r"`degradation.blurr` is no setting. Did you mean `blur`\?"),
        ("epochs=many", "`epochs` must be a whole number, not 'many'"),
        ("epochs=1.5", "`epochs` must be a whole number, not 1.5"),
        ("epochs=true", "`epochs` must be a whole number, not True"),
        ("learning_rate=fast", "`learning_rate` must be a number, not 'fast'"),
        ("balance_domains=1", "`balance_domains` must be true or false, not 1"),
        ("precision=64", "`precision` must be one of 32-true, bf16-mixed, 16-mixed, not 64"),
        ("degradation=none", "`degradation` is a group of settings, not 'none'"),
        ("epochs.more=1", "`epochs` must be a whole number, not {'more': 1}"),
        ("epochs", "`epochs` is no change of a setting; write key=value"),
        ("epochs=-1", "`epochs` must be 0 or more, not -1"),
        ("degradation.blur=2", "In `degradation`: `blur` is a share"),
        ("reconstruction_share=1.5", "`reconstruction_share` must be between 0 and 1, not 1.5"),
        ("devices=0", "`devices` must be 1 or more, or -1 for all"),
        ("learning_rate=nan", "`learning_rate` must be a number, not nan"),
        ("seed=[", "The value of `seed` cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(change: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_config(None, [change])


def test_a_key_inside_a_single_setting_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("epochs: 3\n")
    with pytest.raises(ConfigError, match=r"`epochs` in `epochs\.more` is a single setting"):
        read_config(tmp_path / "c.yaml", ["epochs.more=1"])


@pytest.mark.parametrize("content", ["- a\n- b\n", "just words", "a: [", "\x00"])
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.yaml").write_text(content)
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        read_config(tmp_path / "c.yaml")
    with pytest.raises(ConfigError, match="not there"):
        read_config(tmp_path / "not there.yaml")


def test_stopping_early_needs_something_to_look_at() -> None:
    with pytest.raises(ConfigError, match="In `validation`: `patience` needs `every` above 0"):
        read_config(None, ["validation.every=0", "validation.patience=2"])


def test_the_recipe_leaves_out_where_a_run_happens() -> None:
    config = TrainingConfig()
    moved = replace(config, threads=9, devices=2, precision="bf16-mixed", accelerator="cpu")
    assert moved.recipe() == config.recipe()
    assert replace(config, seed=8).recipe() != config.recipe()
