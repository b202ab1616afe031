"""Where a worker stands among the others, and what they do together. One worker alone needs no process group."""

import torch
from torch import distributed, nn


class Workers:
    """`rank` of `count` workers; the first has rank 0."""

    def __init__(self, device, rank=0, count=1):
        self.device, self.rank, self.count = torch.device(device), rank, count

    def sum(self, values):
        """Sums of numbers over all workers."""
        if self.count == 1:
            return list(values)
        # Gloo and NCCL both sum 64-bit floats.
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.all_reduce(tensor)
        return tensor.tolist()

    def first(self, make):
        """What the first worker makes, for all. What goes wrong there goes wrong everywhere."""
        if self.count == 1:
            return make()
        answer = [None]
        if self.rank == 0:
            try:
                answer = [(make(), None)]
            except Exception as error:  # noqa: BLE001
                answer = [(None, error)]
        distributed.broadcast_object_list(answer, src=0, device=self.device)
        value, error = answer[0]
        if error is not None:
            raise error
        return value

    def copy_buffers(self, model):
        """The first worker's running statistics, for all."""
        if self.count > 1:
            for buffer in model.buffers():
                distributed.broadcast(buffer, src=0)


class SynchronizedBatchNorm(nn.BatchNorm2d):
    """Batch normalization over the images of all workers, on any device (PyTorch's own is for GPUs alone)."""

    def forward(self, input):
        if not self.training:
            return super().forward(input)
        from torch.distributed.nn.functional import all_reduce

        x = input.float()
        count = x.new_tensor([x.numel() / x.shape[1]])
        distributed.all_reduce(count)
        mean = all_reduce(x.sum((0, 2, 3))) / count
        centered = x - mean[None, :, None, None]
        variance = all_reduce((centered**2).sum((0, 2, 3))) / count
        with torch.no_grad():
            unbiased = variance * count / (count - 1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        factor = self.weight * torch.rsqrt(variance + self.eps)
        return (centered * factor[None, :, None, None] + self.bias[None, :, None, None]).to(input.dtype)


def synchronized(module):
    """The same network with batch normalization over all workers."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            new = SynchronizedBatchNorm(child.num_features, eps=child.eps, momentum=child.momentum)
            new.load_state_dict(child.state_dict())
            setattr(module, name, new)
        else:
            synchronized(child)
    return module
