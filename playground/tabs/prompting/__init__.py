"""Prompting: what a prompt makes a model expect."""

from ..contract import Tab
from .compare import COMPARE

TAB = Tab(
    "prompting",
    "Prompting",
    (COMPARE,),
    about="Two prompts side by side: what each makes the model expect.",
)
