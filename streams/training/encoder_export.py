"""Write trained networks as they are shipped: ONNX files in eight bits, and the vectors of pieces."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from streams.articles.encoder.pieces import SPECIAL
from streams.training.encoder_network import (
    EncoderNetwork,
    NameNetwork,
    NamesOfOneText,
    OneText,
)
from streams.training.encoder_weights import Pretrained

_OPSET = 17
_PIECES, _COMPANIES, _MENTIONS, _PAIRS = 40, 4, 3, 5


def export_pieces(given: Pretrained, numbers: list[int], version: str, folder: Path) -> None:
    """Write `pieces.npz`, which both networks read with."""
    folder.mkdir(parents=True, exist_ok=True)
    blocks = given.vectors[numbers]
    names = [*SPECIAL, *(given.pieces[n] for n in numbers[len(SPECIAL) :])]
    np.savez_compressed(
        folder / "pieces.npz",
        version=np.array(version),
        pieces=np.frombuffer("\n".join(names).encode(), np.uint8),
        scores=given.scores[numbers],
        codes=blocks["codes"].reshape(len(numbers), -1),
        scales=blocks["scale"],
    )


def export(network: EncoderNetwork, size: int, folder: Path) -> None:
    """Write `encoder.onnx`."""
    whole = torch.zeros(_PIECES, dtype=torch.long)
    _write(
        OneText(network),
        {
            "vectors": torch.randn(_PIECES, size),
            "kind": whole,
            "company": whole,
            "spread": torch.full((_COMPANIES, _PIECES), 1 / _PIECES),
            "begins": torch.zeros(_COMPANIES, _MENTIONS, dtype=torch.long),
            "counts": torch.ones(_COMPANIES, _MENTIONS),
            "left": torch.zeros(_PAIRS, dtype=torch.long),
            "right": torch.ones(_PAIRS, dtype=torch.long),
        },
        {"odds": {0: "pairs"}, "status": {0: "pairs"}},
        {
            "vectors": {0: "pieces"},
            "kind": {0: "pieces"},
            "company": {0: "pieces"},
            "spread": {0: "companies", 1: "pieces"},
            "begins": {0: "companies", 1: "mentions"},
            "counts": {0: "companies", 1: "mentions"},
            "left": {0: "pairs"},
            "right": {0: "pairs"},
        },
        folder / "encoder.onnx",
    )


def export_names(network: NameNetwork, size: int, folder: Path) -> None:
    """Write `names.onnx`."""
    _write(
        NamesOfOneText(network),
        {"vectors": torch.randn(_PIECES, size), "at": torch.zeros(_PAIRS, dtype=torch.long)},
        {"told": {0: "words"}},
        {"vectors": {0: "pieces"}, "at": {0: "words"}},
        folder / "names.onnx",
    )


def _write(
    module: nn.Module,
    example: dict[str, Tensor],
    outputs: dict[str, dict[int, str]],
    inputs: dict[str, dict[int, str]],
    path: Path,
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        full = str(Path(temporary) / "full.onnx")
        torch.onnx.export(
            module.eval(),
            tuple(example.values()),
            full,
            input_names=list(example),
            output_names=list(outputs),
            dynamic_axes={**inputs, **outputs},
            opset_version=_OPSET,
            dynamo=False,
        )
        quantize_dynamic(full, path, weight_type=QuantType.QInt8, per_channel=True)
