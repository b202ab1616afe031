type Hints = Readonly<Record<string, string>>

const general: Hints = {
  classes: 'A classifier needs two classes to tell apart.',
  dropout: 'It is the probability of dropping a value: 0.5 in the paper, 0 turns it off.',
  squeezeExcitation:
    'It is the reduction of its two linear layers: 16 in the paper, null for what the network has by its name.',
}

const halved = 'The map is halved five times: at least 32 pixels are needed.'

/** By family: what helps with a setting that is wrong. */
const ofFamilies: Readonly<Record<string, Hints>> = {
  vgg: {
    config: 'VGG-16 is D, VGG-19 is E, VGG-11 is A and VGG-13 is B.',
    crop: 'Five poolings halve the image five times: at least 32 pixels are needed.',
  },
  alexnet: {
    crop: 'A stride of 4 and three poolings reduce the image to a 32nd: at least 63 pixels are needed.',
  },
  googlenet: {
    crop: halved,
    dropout:
      'It is the probability of dropping a value of the mean: 0.4 in the paper, 0.2 in torchvision’s, 0 turns it off.',
  },
  resnet: {
    crop: halved,
    variant: 'torchvision has the stride of a bottleneck on its 3×3 convolution, paper on its first 1×1.',
  },
}

export const networkHint = (family: string | null, setting: string): string | null =>
  ofFamilies[family ?? '']?.[setting] ?? general[setting] ?? null
