"""Python files with networks in the forms that public code has: strings, for they are read and never run."""

from __future__ import annotations

FORMS = """\
import torch, math
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict
from functools import partial

CFG = {"A": [16, "M", 32, "M"], "B": [8, 8, "M"]}

def conv3x3(i, o, stride=1):
    '''3x3'''
    return nn.Conv2d(i, o, kernel_size=3, stride=stride, padding=1, bias=False)

class Block(nn.Module):
    expansion = 2
    def __init__(self, inplanes, planes, stride=1, downsample=None, norm=None):
        super(Block, self).__init__()
        if norm is None:
            norm = nn.BatchNorm2d
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm(planes)
        self.conv2 = conv3x3(planes, planes * self.expansion)
        self.bn2 = norm(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)

class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=7):
        super().__init__()
        self.inplanes = 8
        self.stem = nn.Sequential(OrderedDict([("conv", nn.Conv2d(3, 8, 7, 2, 3)), ("act", nn.ReLU())]))
        self.layer1 = self._make_layer(block, 8, layers[0])
        self.layer2 = self._make_layer(block, 16, layers[1], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16 * block.expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, math.sqrt(2. / n))
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)
    def _make_layer(self, block, planes, blocks, stride=1):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(nn.Conv2d(self.inplanes, planes * block.expansion, 1, stride), nn.BatchNorm2d(planes * block.expansion))
        layers = [block(self.inplanes, planes, stride, downsample)]
        self.inplanes = planes * block.expansion
        for _ in range(1, blocks):
            layers.append(block(self.inplanes, planes))
        return nn.Sequential(*layers)
    def forward(self, x):
        x = self.stem(x)
        x = self.layer2(self.layer1(x))
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

def resnet(pretrained=False, **kwargs):
    model = ResNet(Block, [2, 1], **kwargs)
    if pretrained:
        model.load_state_dict(torch.load("x.pth"))
    return model

class VGG(nn.Module):
    def __init__(self, name="A"):
        super().__init__()
        self.features = self._make(CFG[name])
        self.classifier = nn.Linear(32 * 8 * 8, 10)
    def forward(self, x):
        out = self.features(x)
        out = out.view(out.size(0), -1)
        return self.classifier(out)
    def _make(self, cfg):
        layers, c = [], 3
        for x in cfg:
            if x == "M":
                layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
            else:
                layers += [nn.Conv2d(c, x, 3, padding=1), nn.BatchNorm2d(x), nn.ReLU(inplace=True)]
                c = x
        layers += [nn.AvgPool2d(kernel_size=1, stride=1)]
        return nn.Sequential(*layers)

class SE(nn.Module):
    def __init__(self, c, r=4):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Linear(c, c // r), nn.ReLU(), nn.Linear(c // r, c), nn.Sigmoid())
    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)

class Up(nn.Module):
    def __init__(self, i, o, bilinear=True):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True) if bilinear else nn.ConvTranspose2d(i, i // 2, 2, stride=2)
        self.conv = nn.Conv2d(i, o, 3, padding=1)
    def forward(self, x1, x2):
        x1 = self.up(x1)
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        return self.conv(torch.cat([x2, x1], dim=1))

class UNet(nn.Module):
    def __init__(self, n_channels, n_classes):
        super().__init__()
        self.a = nn.Conv2d(n_channels, 8, 3, padding=1)
        self.b = nn.Conv2d(8, 8, 3, padding=1)
        self.up = Up(16, 8)
        self.se = SE(8)
        self.out = nn.Conv2d(8, n_classes, 1)
    def forward(self, x):
        x1 = F.relu(self.a(x))
        x2 = self.b(F.max_pool2d(x1, 2))
        return self.out(self.se(self.up(x2, x1)))

class Dense(nn.Module):
    def __init__(self, growth=4, depths=(2, 3)):
        super().__init__()
        self.stem = nn.LazyConv2d(8, 3)
        self.convs = nn.ModuleList([nn.Conv2d(8 + i * growth, growth, 3, padding=1) for i in range(3)])
        self.act = partial(F.leaky_relu, negative_slope=0.1)
        self.head = nn.Linear(20, 5)
    def forward(self, x):
        x = self.stem(x)
        features = [x]
        for conv in self.convs:
            new = self.act(conv(torch.cat(features, 1)))
            features.append(new)
        x = torch.cat(features, 1)
        return F.log_softmax(self.head(x.mean(3).mean(2)), dim=1)

if __name__ == "__main__":
    net = UNet(3, 2)
    y = net(torch.randn(1, 3, 64, 64))
    print(y.shape)
    d = Dense()
    d(torch.zeros(2, 3, 16, 16))
"""

LENET = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
class LeNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)
    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)
"""
