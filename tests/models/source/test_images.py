"""A data set or a transform says the size of the input only where nothing else changes the images."""

from __future__ import annotations

import pytest

from tests.models.source.test_findings import LENET, findings

WRONG = LENET.replace("16 * 5 * 5", "16 * 13 * 13")  # for 64x64
HEAD = "from torchvision import datasets, transforms\n"
TRAIN = "for images, labels in loader:\n    outputs = net({})\n"


def with_transforms(*transforms: str) -> str:
    """Return LeNet for images of 64x64, and a data set of 32x32 with these transforms."""
    listed = f"t = transforms.Compose([{', '.join(transforms)}])\n"
    return f"{WRONG}{HEAD}{listed}data = datasets.CIFAR10('data', transform=t)\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (with_transforms("transforms.ToTensor()"), 1),
        (with_transforms("transforms.RandomCrop(32, padding=4)", "transforms.ToTensor()"), 1),
        (with_transforms("transforms.RandomRotation(10)", "transforms.Normalize(m, s)"), 1),
        (with_transforms("transforms.Resize(40)", "transforms.CenterCrop(32)"), 1),
        (with_transforms("transforms.Resize(size)"), 0),
        (with_transforms("transforms.RandomCrop(size)", "transforms.ToTensor()"), 0),
        (with_transforms("transforms.FiveCrop(16)"), 0),
        (with_transforms("transforms.RandomRotation(10, expand=True)"), 0),
        (with_transforms("Enlarge(64)"), 0),
        (with_transforms("*first", "transforms.ToTensor()"), 0),
        (f"{WRONG}{HEAD}data = datasets.CIFAR10('data', transform=given)\n", 0),
        (f"{WRONG}{HEAD}data = datasets.CIFAR10('data', True, given)\n", 0),
        (f"{WRONG}{HEAD}data = datasets.CIFAR10('data')\ndata.transform = given\n", 0),
        (f"{WRONG}{HEAD}def make(): return transforms.Compose([transforms.ToTensor()])\n"
         "data = datasets.CIFAR10('data', transform=make())\n", 1),
        (f"{WRONG}{HEAD}t = {{'a': transforms.ToTensor()}}\n"
         "data = datasets.CIFAR10('data', transform=t['a'])\n", 1),
        (with_transforms("transforms.ToTensor()") + TRAIN.format("images"), 1),
        (with_transforms("transforms.ToTensor()") + TRAIN.format("F.pad(images, (16, 16, 16, 16))"), 0),
        (f"{WRONG}{HEAD}t = transforms.Compose([transforms.Resize(36), transforms.CenterCrop(32)])\n"
         "data = datasets.ImageFolder('data', t)\n", 1),
        (f"{WRONG}{HEAD}t = transforms.Compose([transforms.Resize(32)])\n"  # of images of any shape
         "data = datasets.ImageFolder('data', t)\n", 0),
    ],
)  # fmt: skip
def test_a_data_set_says_the_size_where_all_transforms_are_read(text: str, count: int) -> None:
    assert len(list(findings(text))) == count


PLAIN = with_transforms("transforms.ToTensor()") + "net = LeNet()\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (PLAIN + TRAIN.format("images"), 1),
        (PLAIN + TRAIN.format("Variable(images.to(device))"), 1),
        (PLAIN + "for batch in loader:\n    x, y = batch[0].cuda(), batch[1]\n    net(x)\n", 1),
        (PLAIN + "x, y = next(iter(loader))\nnet(x.to(device))\n", 1),
        (PLAIN + TRAIN.format("pool(images)"), 0),
        (PLAIN + TRAIN.format("images[:, ::2]"), 0),
        (PLAIN + "for images, _ in loader:\n    codes = encode(images)\n    net(codes)\n", 0),
        (f"{WRONG}{HEAD}d = datasets.CIFAR10('d')\nfit(LeNet(), datasets.ImageFolder('d'))\n", 0),
        (f"{LENET}net = LeNet()\nwith raises(RuntimeError):\n    net(torch.randn(1, 3, 64, 64))\n", 0),
        (f"{LENET}net = LeNet()\ntry:\n    net(torch.randn(1, 3, 64, 64))\nexcept RuntimeError:\n    pass\n", 0),
        (f"{LENET}net = LeNet()\nnet(torch.randn(1, 3, 64, 64))\n", 1),
    ],
)  # fmt: skip
def test_a_network_runs_on_the_images_themselves(text: str, count: int) -> None:
    assert len(list(findings(text))) == count
