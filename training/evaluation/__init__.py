"""How good a model is on a period that it never saw: figures and plots."""
