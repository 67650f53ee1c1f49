"""Text, written one token at a time.

``loop`` is the loop of ``model.generate``, opened up; ``step`` is what is known of one token; ``stepper`` holds the
sequence and the model's cache for it; ``draft`` is a text that can be forked.
"""

from .draft import Draft
from .loop import generate
from .step import Step, repeats

__all__ = ["Draft", "Step", "generate", "repeats"]
