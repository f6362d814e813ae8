"""Where measurements go besides the run's own folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...envs.extras import needs

Write = Callable[[dict[str, float]], None]


def logger(kind: str | None, folder: Path) -> Write | None:
    """A function that logs one line of measurements.

    Args:
        kind: `tensorboard`, `wandb` or None.
        folder: The run's.

    Raises:
        MissingExtra: Its package isn't installed.
        ValueError: There is no such logger, or it can't be reached.
    """
    if kind is None:
        return None
    if kind == "tensorboard":
        with needs("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter
        writer: Any = SummaryWriter(str(folder / "tensorboard"))

        def to_tensorboard(line: dict[str, float]) -> None:
            for name, value in line.items():
                writer.add_scalar(name, value, int(line["step"]))
            writer.flush()

        return to_tensorboard
    if kind == "wandb":
        with needs("wandb"):
            import wandb
        try:
            run: Any = wandb.init(project="sandlot", name=folder.name, dir=str(folder))
        except Exception as error:  # whatever its network and its account come up with
            raise ValueError(f"--log wandb: {' '.join(str(error).split())}") from error
        return lambda line: run.log(line, step=int(line["step"]))
    raise ValueError(f"--log: expected tensorboard or wandb, got {kind!r}")


__all__ = ["logger"]
