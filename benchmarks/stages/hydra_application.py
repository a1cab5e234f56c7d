"""Train and evaluate one model as a Hydra application; a multirun takes several."""

from typing import Any

import hydra
from hydra.core.config_store import ConfigStore

# The settings are resolved already; the application only needs to know which model it is.
ConfigStore.instance().store(
    "application", {"model": "???", "hydra": {"sweep": {"dir": "multirun"}}}
)


@hydra.main(version_base=None, config_path=None, config_name="application")
def run(config: Any) -> None:
    """Do one model in one thread."""
    # Hydra changes no folder; the launching process does without scikit-learn.
    from stages.all_in_one import train_and_evaluate

    train_and_evaluate(config.model)


if __name__ == "__main__":
    run()
