"""Many at once, on a real database: each message once for each try, and nobody waits."""

from tests.races import RunModule


def test_a_message_is_made_once_and_sent_once_and_a_silent_server_delays_nobody(
    run_module: RunModule,
) -> None:
    assert run_module("tests.worker.webhooks.race") == {
        "spreading": {"told": 1, "not told": 7, "messages": 1},
        "delivering": {"arrived": 4, "most": 1, "messages": 0},
        "lanes": {"taken": 4, "left": 4},
        "hanging": {"quick": True, "noted": True},
    }
