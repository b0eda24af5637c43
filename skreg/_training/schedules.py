"""The learning rate of an epoch, as a function of the settings and of what has been trained.

A new schedule is a function and a row in the table at the end.
"""

SMALLEST_RATE = 1e-6  # where "adaptive" gives up


def constant(settings, state):
    """learning_rate_init, always."""
    return settings.learning_rate_init


def invscaling(settings, state):
    """learning_rate_init / (t + 1)^power_t with t the number of rows trained on so far."""
    return settings.learning_rate_init * float(state.t + 1) ** -settings.power_t


def adaptive(settings, state):
    """Divided by 5 each time that the monitor sees no improvement."""
    return settings.learning_rate_init / 5.0**state.n_reductions


SCHEDULES = {"constant": constant, "invscaling": invscaling, "adaptive": adaptive}


def learning_rate(settings, state):
    return SCHEDULES[settings.learning_rate](settings, state)


def reduce_rate(settings, state):
    """Lower the rate of an adaptive schedule; False where there is nothing left to lower."""
    if settings.learning_rate != "adaptive" or learning_rate(settings, state) <= SMALLEST_RATE:
        return False
    state.n_reductions += 1
    return True
