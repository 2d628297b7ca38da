"""Lesson 8, as we would write it."""


def gram(activation):
    F = activation.reshape(-1, activation.shape[-1])
    return F.T @ F


def gram_backward(dG, F):
    return F @ (dG + dG.T)


def style_loss(F, A, places):
    m, n = F.shape
    return ((F.T @ F - A * (m / places)) ** 2).sum() / (4 * n**2 * m**2)


def style_gradient(F, A, places):
    m, n = F.shape
    return F @ (F.T @ F - A * (m / places)) / (n**2 * m**2)


def style_terms(activations, targets, weights):
    loss, seeds = 0.0, {}
    for layer, x in activations.items():
        F = x.reshape(-1, x.shape[-1])
        loss += weights[layer] * style_loss(F, targets[layer], len(F))
        seeds[layer] = weights[layer] * style_gradient(F, targets[layer], len(F)).reshape(x.shape)
    return loss, seeds
