"""Trains a run of VGG Studio with PyTorch, from what the studio has put into a folder that it shares with the workers."""
