"""What each form of the losses divides by.

With E = F − P the content loss is s Σ E², and with D = G/M − A/M_s the Gram loss is s Σ D²; a form is its s.
The formulas below are as the programs write them; A stands for A·M/M_s where the painting has another size.

                content               Gram
    gatys2015   ½ Σ E²                Σ (G − A)² / (4N²M²)
    mean        mean E²               mean (G/(NM) − A/(NM))²      as neural-style and its heirs
    neuralart   Σ E² / (2 √(NM))      Σ (G − A)² / (4N²M²)
    keras       Σ E²                  Σ (G − A)² / (4·3²·(W·H)²)   W × H the canvas, not the layer
    deeppy      ½ Σ E²                ¼ Σ (G − A)²                 gradients then divided by their L1 norm
    wasserstein mean E²               none: see `wasserstein`
    relative    Σ E² / Σ P²           Σ D² / Σ (A/M_s)²

M: places of the canvas's features; N: their channels. Σ (G − A)² = M² Σ D², and a mean over a Gram matrix is
over its N² entries. Gatys' notebook, mean (G/M − A/M)² weighted by 1/N², is "mean" as well: both are Σ D²/N⁴.
"""

RELATIVE, WASSERSTEIN, DEEPPY = "relative", "wasserstein", "deeppy"

CONTENT = {
    "gatys2015": lambda m, n: 0.5,
    "mean": lambda m, n: 1 / (m * n),
    "neuralart": lambda m, n: 1 / (2 * (m * n) ** 0.5),
    "keras": lambda m, n: 1.0,
    DEEPPY: lambda m, n: 0.5,
    WASSERSTEIN: lambda m, n: 1 / (m * n),
}
GRAM = {
    "gatys2015": lambda m, n, pixels: 1 / (4 * n**2),
    "mean": lambda m, n, pixels: 1 / n**4,
    "neuralart": lambda m, n, pixels: 1 / (4 * n**2),
    "keras": lambda m, n, pixels: (m / (6 * pixels)) ** 2,
    DEEPPY: lambda m, n, pixels: m**2 / 4,
}
FORMS = (RELATIVE, *CONTENT)
