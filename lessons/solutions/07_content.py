"""Lesson 7, as we would write it."""


def content_loss(F, P):
    dF = F - P
    return 0.5 * (dF**2).sum(), dF


def loss_and_gradient(net, targets, x):
    total, seeds = 0.0, {}
    for layer, y in net.forward(x, taps=list(targets)).items():
        value, dF = content_loss(y.reshape(targets[layer].shape), targets[layer])
        total += value
        seeds[layer] = dF.reshape(y.shape)
    return total, net.backward(seeds)


def descend(gradient, x, rate, steps):
    for _ in range(steps):
        x = x - rate * gradient(x)
    return x


def careful_step(loss_and_gradient, x, rate):
    value, gradient = loss_and_gradient(x)
    while not loss_and_gradient(x - rate * gradient)[0] < value:
        rate = rate / 2
    return x - rate * gradient, rate
