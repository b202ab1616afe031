"""Errors that the studio knows by their codes (core/messages/en/errors), with the values that its sentences are made of."""

import json

MARK = "VGG_STUDIO_ERROR "


class StudioError(Exception):
    """What ends a training, as a fact that the studio has a text for."""

    def __init__(self, code, **values):
        super().__init__(MARK + json.dumps({"code": code, "values": values}))
        self.code, self.values = code, values
