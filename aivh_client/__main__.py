"""``python -m aivh_client`` and ``aivh``."""

import sys


def main() -> int:
    try:
        from aivh_client.cli import run
    except ModuleNotFoundError as error:
        if error.name not in ("requests", "tqdm"):
            raise
        return _without_parts(error.name)
    return run(sys.argv[1:])


def _without_parts(name: str) -> int:
    sys.stderr.write(f"aivh: {name} is not installed. Try: pip install {name}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
