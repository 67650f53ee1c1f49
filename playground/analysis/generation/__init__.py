"""Text, written one token at a time.

``loop`` is the loop of ``model.generate``, opened up; ``stepper`` holds the sequence and the model's cache for it.
"""

from .loop import Step, generate, repeats

__all__ = ["Step", "generate", "repeats"]
