"""Plots of what a model leans on and of how long verdicts take; those of figures stand in `training.evaluation.plots`.

`shap_summary` shows which columns move the model and which way, `maturity` how long labels are waited for and why.
Each makes one matplotlib figure without any window system.
"""
