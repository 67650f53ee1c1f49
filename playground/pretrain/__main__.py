"""The command line: train a model, or measure the finished ones.

python -m playground.pretrain storyteller --corpora DIR
python -m playground.pretrain storyteller --corpora DIR --polish
python -m playground.pretrain evaluate --corpora DIR
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging

from . import cards
from .evaluation import MEASURES, Figure, table
from .export import RunRecord, read_record, save_model, write_record
from .filming import FRAMES, Recorder
from .loop import CHECKPOINT, RunSettings, RunState, Task, load_checkpoint, pick_device, train
from .peers import Peers
from .polish import Polish
from .storyteller import Storyteller
from .tasks import DEFAULT_MINUTES, GENERATION, TASKS, MakesTask

MODELS = Path(__file__).resolve().parents[2] / "assets" / "models"
POLISHED = "polish"
"""Folder of the last stage's checkpoints and frames, in that of the run that it goes on from."""


def parser() -> argparse.ArgumentParser:
    """One sub-command per model, and `evaluate`."""
    top = argparse.ArgumentParser(prog="python -m playground.pretrain", description=__doc__.split("\n")[0])
    commands = top.add_subparsers(dest="command", required=True)
    for name in TASKS:
        one = commands.add_parser(name, help=f"train {name}")
        _add_training_options(one, name)
    measure = commands.add_parser("evaluate", help="print the measured figures against the bars")
    measure.add_argument("names", nargs="*", choices=[*MEASURES, []], help="models to measure (default: all)")
    measure.add_argument("--corpora", type=Path, required=True, help="folder of the corpora")
    measure.add_argument("--models", type=Path, default=MODELS, help="folder of the finished models")
    measure.add_argument("--quiet", action="store_true", help="only the table, no samples to read")
    measure.add_argument("--write-cards", action="store_true", help="put the figures into the model cards")
    return top


def _add_training_options(one: argparse.ArgumentParser, name: str) -> None:
    one.add_argument("--corpora", type=Path, required=True, help="folder of the corpora")
    one.add_argument("--out", type=Path, default=MODELS / name, help="folder for the finished model")
    one.add_argument("--work", type=Path, help="folder for checkpoints (default: in the user's cache)")
    length = one.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help=f"training time (default: {DEFAULT_MINUTES[name]:g})")
    length.add_argument("--steps", type=int, help="number of steps instead of minutes")
    one.add_argument("--resume", action="store_true", help="go on from the checkpoint of an interrupted run")
    one.add_argument("--export-only", action="store_true", help="save the model of the checkpoint and train no further")
    if name == "storyteller":
        one.add_argument("--compile", action="store_true", help="fuse the training step (needs a C++ compiler)")
        one.add_argument("--polish", action="store_true", help="the last stage, from the finished run in --work")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--device", default="auto", help="auto, cpu, cuda … (default: auto)")


def train_command(args: argparse.Namespace) -> int:
    """Train, save, measure and write the card; of several processes only the first does more than train."""
    peers = Peers()
    work = args.work or Path.home() / ".cache" / "playground" / "pretrain" / args.command
    minutes = args.minutes if args.minutes or args.steps else DEFAULT_MINUTES[args.command]
    polish = getattr(args, "polish", False)
    saved = work / "tokenizer"
    # Trained anew, a tokenizer may give a few pieces other ids: a run goes on with its own.
    tokenizer = _saved_tokenizer(saved) if args.resume or args.export_only or polish else None
    make: MakesTask = Polish if polish else TASKS[args.command]
    task = make(args.corpora, args.seed, pick_device(args.device), tokenizer=tokenizer)
    behind = RunState()
    if isinstance(task, Polish):
        # The weights that it begins with; its own checkpoints and frames stand apart from those of the run before.
        behind = load_checkpoint(task, work, None)
        task.begin()
        before, work = work, work / POLISHED
        if peers.first and not (args.resume or args.export_only):
            _begin_behind(before, work)
    if peers.first:
        task.tokenizer.save_pretrained(saved)
    if isinstance(task, Storyteller) and args.compile:
        task.compile()
    recorder = _recorder(task, work, args.resume or args.export_only or polish)
    if args.export_only:
        state = load_checkpoint(task, work, None)
    else:
        settings = RunSettings(work, steps=args.steps, minutes=minutes, resume=args.resume, behind=behind)
        state = train(task, settings, recorder)
    if isinstance(task, Polish):
        task.finish()
        if peers.first and recorder is not None:
            recorder.look(task, state)  # in place of the frame of the same step, before the weights were averaged
    if peers.first:
        record = _record(task, state, args, behind)
        if polish:
            record = _joined(read_record(before), record)
        write_record(record, work)
        _leave_behind(task, record, args, recorder)
    return 0


def _begin_behind(before: Path, work: Path) -> None:
    """The film of the run in `before` is gone on with in `work`, whose own files of an earlier try are gone."""
    work.mkdir(parents=True, exist_ok=True)
    for name in (CHECKPOINT, FRAMES):
        (work / name).unlink(missing_ok=True)
    if (before / FRAMES).is_file():
        shutil.copy(before / FRAMES, work / FRAMES)


def _recorder(task: Task, work: Path, resume: bool) -> Recorder | None:
    if not isinstance(task, Storyteller):
        return None
    return Recorder(work, task.held, task.streams["stories"].ids[: task.n_story_tokens], resume)


def _leave_behind(task: Task, record: RunRecord, args: argparse.Namespace, recorder: Recorder | None) -> None:
    make = GENERATION.get(args.command)
    save_model(task.model, task.tokenizer, make and make(task.tokenizer), record, args.out)
    if recorder is not None:
        recorder.finish(task.tokenizer, args.out)
    report = MEASURES[args.command](args.out, args.corpora)
    cards.write_card(args.out, report.figures)
    print("\n".join(report.samples), table(report.figures), sep="\n\n")


def _saved_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no run to go on with in {folder.parent}. Start without --resume.")
    return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    processes, threads = Peers().count, torch.get_num_threads()
    if processes > 1:
        return f"{processes} processes, CPU threads each: {threads}"
    return f"{threads} CPU thread" + "s" * (threads > 1)


def _joined(first: RunRecord, last: RunRecord) -> RunRecord:
    """The record of two runs, the second of which went on from the first: one command after the other."""
    machine = first.machine if first.machine == last.machine else f"{first.machine}; last stage: {last.machine}"
    return replace(last, command=f"{first.command} && {last.command}", machine=machine, note=first.note)


def _record(task: Task, state: RunState, args: argparse.Namespace, behind: RunState) -> RunRecord:
    """What is told of the run; its command names the steps taken, so that the same length is run again anywhere."""
    processes = Peers().count
    start = ["python", "-m"]
    if processes > 1:
        start += ["torch.distributed.run", "--nproc-per-node", str(processes), "-m"]
    options = ["--corpora", "DIR", "--steps", str(state.step - behind.step), "--seed", str(args.seed)]
    command = shlex.join(
        [
            *start,
            "playground.pretrain",
            args.command,
            *options,
            *(f"--{name}" for name in ("compile", "polish") if getattr(args, name, False)),
        ]
    )
    return RunRecord(
        name=task.name,
        seed=args.seed,
        steps=state.step,
        minutes=round(state.elapsed_s / 60, 1),
        tokens=state.tokens,
        train_loss_nats=round(state.loss, 4),
        command=command,
        guided_heads=tuple(
            {"layer": layer, "head": head, "looks_at": looks_at} for (layer, head), looks_at in task.guided.items()
        ),
        machine=_machine(next(task.model.parameters()).device),
        n_parameters=sum(p.numel() for p in task.model.parameters() if p.requires_grad),
    )


def evaluate_command(args: argparse.Namespace) -> int:
    """Print samples and table of the chosen models; exit status 1 if a bar is not met."""
    figures: list[Figure] = []
    for name in args.names or MEASURES:
        report = MEASURES[name](args.models / name, args.corpora)
        figures += report.figures
        if not args.quiet:
            print("\n".join(report.samples), end="\n\n")
        if args.write_cards:
            cards.write_card(args.models / name, report.figures)
    print(table(figures))
    return int(any(figure.holds is False for figure in figures))


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that a user can mend are one sentence and exit status 2."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    args = parser().parse_args(arguments)
    try:
        return evaluate_command(args) if args.command == "evaluate" else train_command(args)
    except (FileNotFoundError, ValueError, ImportError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
