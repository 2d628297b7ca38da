"""Where a run computes, and what its memory there holds."""

from minicnn import backend
from minicnn.backend import Device
from minicnn.errors import DeviceError, OptionError


def chosen(settings):
    """The Device of settings; one that --device names and that cannot be had is refused."""
    if settings.device == "auto" and settings.optimizer == "scipy":
        return Device(reason="--optimizer scipy knows the CPU alone")
    try:
        return backend.device(settings.device)
    except DeviceError as error:
        raise DeviceError(f"--device {settings.device}: {error}; --device cpu needs none of it") from error
    except OptionError as error:
        raise OptionError(f"--{error}") from error


def fallback(device):
    """A line for whoever might have expected a GPU; None where one computes, or the CPU was asked for."""
    return device.reason and f"computing on the CPU: {device.reason}"
