"""The one error that callers and visitors see."""


class PlaygroundError(ValueError):
    """Something the person at the page can mend: the message is a sentence that says what happened and what to do."""
