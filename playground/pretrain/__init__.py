"""Training the bundled teaching models: `python -m playground.pretrain NAME --corpora DIR`.

Nothing else in the package imports this one. It knows torch, transformers and tokenizers, and neither pictures nor
pages. Reading order: `corpora` and `grammar` (text), `subwords` (tokenizers), `storyteller`, `cloze` and `translator`
(one task each), `loop` (the training loop), `export` and `cards` (what is left behind), `evaluate` (the bars).
"""
