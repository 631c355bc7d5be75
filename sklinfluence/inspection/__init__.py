"""Displays: figures of influence, in scikit-learn's Display API."""
