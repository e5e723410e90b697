import pytest


@pytest.fixture(autouse=True)
def bridge():
    """Has the bridge running before a test begins: one test has a limit of time, and starting a process is not what it measures."""
    from tests import adapters

    adapters.start()
