"""Numbers, no pictures: each module takes a trace (or logits) and gives arrays, records and sentences."""
