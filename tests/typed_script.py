"""A script as users write it, which type checkers accept: compare a few classifiers."""

import cnnsize

TEXTS = {
    "small": "INPUT[32x32x3] -> [CONV3-16 -> RELU -> POOL2]*2 -> FC-10",
    "deep": "INPUT[32x32x3] -> [[CONV3-32 -> RELU]*2 -> POOL2]*3 -> FC-10",
    "broken": "INPUT[32x32x3] -> CONV3-16(S=2, P=0) -> FC-10",
    "misspelt": "INPUT[32x32x3] -> CONV3-16 -> RELLU -> FC-10",
}


def describe(text: str) -> str | None:
    """Print the layers of a network, and return a line about it; None if it does not work."""
    try:
        network = cnnsize.parse(text).sized()
    except cnnsize.ArchitectureError as error:
        print(error.diagnostic)
        return None
    if not network.valid:
        for diagnostic in network.diagnostics:
            print(f"{diagnostic.code} line {diagnostic.location.line}: {diagnostic.message}")
        return None
    total = 0
    for step in network.steps:
        total += step.params
        width, height, depth = step.output
        print(f"{step.kind:<6} {width}x{height}x{depth} {step.params / 1e3:.1f}k params")
    assert total == network.params
    sides = "x".join(str(side) for side in network.receptive_field)
    return f"{network.output[2]} classes, {total:,} parameters, field {sides}"


for name, text in TEXTS.items():
    print(name, describe(text))

pattern = cnnsize.parse("INPUT[32x32x3] -> [[CONV3-32 -> RELU]*N -> POOL2]*M -> FC-10")
family = pattern.family(N=range(1, 4), M=range(1, 4))
best = min((member for member in family if member.valid), key=lambda member: member.macs)
print(best.values, best.params // 1000, best.sized().peak_memory_bytes / 1024)
report = cnnsize.check(TEXTS["broken"])
fixes: list[str] = [fix.message for finding in report.diagnostics for fix in finding.fixes]
sizes: list[int] = [result.params for result in report.architectures]
vgg = cnnsize.load("vgg16").sized(input=(256, 256, 3)).require_valid()
convolutions = [step for step in vgg.steps if step.kind == "CONV"]
print(sum(step.macs for step in convolutions) / vgg.macs, convolutions[0].kernel[0], fixes, sizes)
print(cnnsize.summary("vgg16", width=100))
