"""What the adapters to Runway have in common: all that follows once a task has been started."""

from __future__ import annotations

from shared.providers.ports import Cancellation, Capacity, TaskStatus
from shared.providers.runway.tasks import RunwayTasks


class RunwayAdapter:
    """Has Runway make things by tasks, for one model."""

    model: str
    _tasks: RunwayTasks

    def capacity(self) -> Capacity:
        """What the account's tier allows for the model."""
        return self._tasks.capacity(self.model)

    def check(self, task_id: str) -> TaskStatus:
        """Where the task is. Runway wants to be asked no more often than every 5 s."""
        return self._tasks.check(task_id)

    def cancel(self, task_id: str) -> Cancellation:
        """Stop the task. Runway keeps the credits of one that runs already."""
        return self._tasks.cancel(task_id)

    def close(self) -> None:
        """Close the connections."""
        self._tasks.close()
