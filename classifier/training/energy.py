"""How much energy a training took, where the machine can say."""

from typing import Any

WINDOW = "training"


class EnergyMeter:
    """Reads the counters of GPUs and processor by ``zeus`` from :meth:`start` to :meth:`stop`."""

    def __init__(self) -> None:
        self._monitor: Any = None
        self._why = "it was never started"

    def start(self) -> None:
        """Begin; where nothing can be read, :meth:`stop` will say why."""
        try:
            from zeus.monitor import ZeusMonitor
        except ImportError:
            self._why = "the extra 'energy' is not installed"
            return
        try:
            self._monitor = ZeusMonitor()
            self._monitor.begin_window(WINDOW)
        except Exception as error:  # every driver and counter fails in a way of its own
            self._monitor = None
            self._why = f"the counters cannot be read ({error})"

    def stop(self) -> dict[str, Any]:
        """Return joules for each part and in all, or the reason why they are not measured."""
        if self._monitor is None:
            return {"energy": f"not measured: {self._why}"}
        try:
            joules = _joules(self._monitor.end_window(WINDOW))
        except Exception as error:  # as above
            return {"energy": f"not measured: the counters cannot be read ({error})"}
        if not joules:
            return {"energy": "not measured: this machine shows no energy counter"}
        return {"energy": {**joules, "joules": round(sum(joules.values()), 1)}}


def _joules(measured: Any) -> dict[str, float]:
    """A CPU's figure holds its memory's where both are told, so memory is not counted again."""
    parts = {
        "gpu_joules": measured.gpu_energy,
        "cpu_joules": measured.cpu_energy,
    }
    return {name: round(sum(part.values()), 1) for name, part in parts.items() if part}
