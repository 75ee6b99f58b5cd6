"""Compares the YAML reader and writer with PyYAML on generated input.

usage: differential.py PROBE [SCALARS] [SEED]

PROBE is the program of yaml_probe.cc. Scalars are built from pieces that YAML 1.1's types are made of, so that nearly
every one is close to some rule. Exit 0: all the same; 1: differences, the first ones printed; 77: PyYAML is not here.
"""
import datetime
import json
import random
import subprocess
import sys

try:
    import yaml
    Loader, Dumper = yaml.CSafeLoader, yaml.CSafeDumper
except (ImportError, AttributeError):
    print('skipped: PyYAML with libyaml is not installed')
    sys.exit(77)

PIECES = ['0', '1', '7', '8', '9', '12', '59', '60', '2024', '_', '.', ':', '-', '+', 'e', 'E', 'e+3', 'E-2', '0x', '0b',
          '0o', 'a', 'F', 'inf', '.inf', 'nan', '.NaN', 'yes', 'No', 'on', 'OFF', 'true', 'False', 'y', 'n', 'null', 'Null',
          '~', '=', '<<', 'T', 't', 'Z', ' ', '01', '-01', '-1', '2024-01-01', '12:30:45', '1:30', '.5', 'x', '%', '!!int ',
          '!!float ', '!!bool ', '!!str ', '"', "'", '#', 'é']
CHARS = ['a', 'B', ' ', '  ', '\n', '\t', ':', ': ', '#', ' #', '-', '- ', '?', '? ', ',', '[', ']', '{', '}', '&', '*', '!',
         '|', '>', "'", '"', '%', '@', '`', '=', '<<', '~', 'null', 'yes', '1', '0.5', '1e3', '\\', '\x00', '\x07', '\x7f',
         '\x85', '\xa0', 'é', '\u2028', '\ufeff', '漢', '😀', 'word ', 'longer-word ', '/path/to', '$VAR', '---', '...']


def scalar(rng):
    return ''.join(rng.choice(PIECES) for _ in range(rng.randint(0, 6)))


def describe(value):
    """The same words as the probe's, for what PyYAML loaded."""
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return f'bool:{value}'
    if isinstance(value, int):
        return f'int:{value}'
    if isinstance(value, float):
        return f'float:{value!r}'
    if isinstance(value, str):
        return f'str:{value!r}'
    if isinstance(value, (datetime.date, datetime.datetime)):
        return f'timestamp:{value}'
    return 'other'


def expected(text):
    try:
        value = yaml.load(text, Loader=Loader)
    except Exception:  # PyYAML leaks ValueError, KeyError and others out of its constructors.
        return 'error'
    return describe(value[0])


def value(rng, depth):
    kind = rng.random()
    if depth < 4 and kind < 0.2:
        return [value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    if depth < 4 and kind < 0.45:
        return {text(rng): value(rng, depth + 1) for _ in range(rng.randint(0, 4))}
    if kind < 0.5:
        return rng.choice([None, True, False])
    if kind < 0.6:
        return rng.choice([rng.randint(-10**6, 10**6), rng.random(), rng.random() * 10**rng.randint(-20, 20)])
    return text(rng)


def text(rng):
    return ''.join(rng.choice(CHARS) for _ in range(rng.randint(0, rng.choice([3, 8, 40]))))


def ask(probe, mode, inputs):
    sent = b''.join(one.encode() + b'\x00' for one in inputs)
    done = subprocess.run([probe, mode], input=sent, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split('\x00')[:-1]


def report(what, inputs, ours, theirs):
    # Under an explicit tag PyYAML takes what int() and float() take (`!!int --12`); we take what the tag's rule says.
    different = [i for i in range(len(inputs))
                 if ours[i] != theirs[i] and not (ours[i] == 'error' and '!!' in inputs[i])]
    print(f'{what}: {len(inputs)} compared, {len(different)} differ')
    for i in different[:20]:
        print(f'  input  {inputs[i]!r}\n  ours   {ours[i]!r}\n  PyYAML {theirs[i]!r}')
    return not different


def main():
    probe, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    documents = ['- ' + one for one in {scalar(rng) for _ in range(count * 3 // 2)}][:count]
    same = report('scalars', documents, ask(probe, 'read', documents), [expected(one) for one in documents])
    values = [value(rng, 0) for _ in range(count // 10)]
    dumped = [yaml.dump(one, Dumper=Dumper, default_flow_style=False, sort_keys=False) for one in values]
    # PyYAML marks one object used twice with anchors; JSON has no identity, so equal values are distinct here.
    sent = [json.dumps(one) for one in values]
    same &= report('emitted', sent, ask(probe, 'write', sent), dumped)
    return 0 if same else 1


if __name__ == '__main__':
    sys.exit(main())
