"""Records how the original parses command lines, for usage_test.cc.

Run with a Python that has skypilot installed (any HOME), in a directory of its own:
    MY_ENV=1 python record_usage.py > usage.golden

Each case is `$`, then each word behind a tab (\\n is a newline), then either
    parsed <command>     and one line per option or argument that was given, `key = value|value`, sorted
    eager <option>       when --help, --version … ended it
    error                and the text on standard error, each line behind `| `
"""
import contextlib
import io
import os
import random
import sys

import click

from sky.client.cli import command

HANDMADE = """
launch
launch a.yaml
launch -c c1 a.yaml
launch -cc1 a.yaml
launch -c=c1 a.yaml
launch --cluster=c1 a.yaml
launch --cluster= a.yaml
launch --clus c1
launch --cluster
launch -c
launch -d -y -c c1
launch -dyc c1 echo hi
launch -dycc1
launch -dyz
launch -no-d
launch -d -no-d
launch -no-d -d
launch -no-e
launch -nod
launch --no-d
launch --detach-run
launch --detach-run=1
launch --no-setup=yes
launch --dryrun --dryrun
launch --num-nodes x
launch --num-nodes 2
launch --num-nodes=1_000
launch --num-nodes= 2
launch --num-nodes -1
launch --num-nodes 2.5
launch --num-nodes 0x10
launch --num-nodes +3
launch --num-nodes 007
launch --num-nodes 1__0
launch --num-nodes 2 --num-nodes 3
launch --num-nodes x --num-nodes 3
launch --num-nodes 3 --num-nodes x
launch --nme x
launch --nam x
launch --num-node 2
launch --gpu H100
launch --spot
launch --use-spot
launch --no-use-spot
launch --use-spot --no-use-spot
launch --disk-tier fast
launch --disk-tier HIGH
launch --disk-tier high
launch --network-tier best
launch --wait-for jobs
launch --wait-for job
launch --env A=1 --env B=2
launch --env MY_ENV
launch --env SURELY_NOT_SET_HERE
launch --env A=
launch --env =x
launch --env A=b=c
launch --secret MY_ENV --secret T=1
launch --secret SURELY_NOT_SET_HERE
launch --env-file /nonexistent.env
launch --secret-file /nonexistent.env
launch --workdir /tmp
launch --workdir /nonexistent
launch --workdir /etc/hostname
launch --ports 80 --ports 90-99
launch --docker x
launch --clone c1
launch --clone-disk-from c1
launch -i 5 --down
launch -i5
launch -i x
launch -t p4d.24xlarge
launch --async
launch --no-async
launch -y -r --fast --no-setup x.yaml
launch -- --weird
launch a -- b -c d
launch -- -c c1
launch -
launch - -y
launch --
launch echo -n hi
launch echo -e hi
launch python train.py --lr 3
launch python train.py -lr
launch -h
launch --help --bogus
launch --help --num-nodes x
launch --num-nodes x --help
launch --h
launch -é
launch --name it's
launch --num-nodes it's
launch --num-nodes "
launch --disk-tier it's"
launch --cloud aws --region r --zone z
launch --git-url u --git-ref r
launch --resize --priority high
exec
exec c1
exec c1 a.yaml
exec c1 echo hi
exec -c c1 echo hi
exec c1 -d a.yaml
exec -no-d c1 x
exec c1 -- python x.py --flag
exec --cluster
status
status a b c
status --ip a
status --endpoint a
status --endpoint 8080 a
status --endpoints a
status -vru
status -o json
status -o yaml
status -ojson
status --output=json
status --output
status --no-show-services --show-pools
status --show-service
status-kubernetes -v
status-kubernetes x
status-kubernetes x y
cost-report
cost-report -a --days 7
cost-report --days all
cost-report extra
queue
queue a b -s
queue -u -o json
logs
logs c1
logs c1 1 2 3
logs c1 x
logs --status c1
logs --no-follow c1 1
logs --tail 10 c1
logs --tail ten c1
logs --hook
logs --hook start c1
logs --hook c1 --provision
logs --hook --provision c1
logs --hook=-x c1
logs --hook= c1
logs -w 1 c1
logs --autostop c1
cancel
cancel c1
cancel c1 1 2
cancel c1 x
cancel c1 1 x
cancel -a
cancel -a c1 -y
cancel --num
stop
stop a b -y
stop --graceful --graceful-timeout 5 a
stop --graceful-timeout a
stop -p a
autostop a -i 10
autostop a --cancel --down
autostop -i
autostop a --idle-minute 3
start -a -f
start a --retry-until-up
down a -p -y
down "a*"
down -apy
check
check aws gcp -v
check -o json
gpus
gpus list
gpus list H100:8 --all-regions
gpus list a b
gpus foo
gpus --foo
gpus label --async --cleanup
gpus label -c ctx
show-gpus H100
storage ls
storage ls -v
storage delete a b
storage delete -a -y
storage remove
volumes apply x.yaml
volumes apply --type pvc
volumes apply --type k8s-pvc --size 10Gi --use-existing
volumes ls a b -r
volumes delete -p a
volume ls
jobs
jobs launch
jobs launch x.yaml -n n
jobs launch -y --num-jobs 2 -p pool x.yaml
jobs launch --num-jobs x y
jobs queue
jobs queue -s
jobs queue -s -a
jobs queue -s FAILED
jobs queue -s failed,running
jobs queue -s FAILED -s RUNNING
jobs queue -s WRONG
jobs queue --status FAILED,WRONG
jobs queue --status
jobs queue -s FAILED,
jobs queue -l 5 -a
jobs queue -l none
jobs queue x
jobs cancel 1 2
jobs cancel 1 b
jobs cancel -n x -a
jobs logs 1
jobs logs 1 2
jobs logs x
jobs logs 1 2 3
jobs logs -n x --no-follow
jobs pool
jobs pool apply -p p x.yaml
jobs pool apply --mode rolling
jobs pool apply --mode slow
jobs pool status a -v
jobs pool down -a
jobs pool logs
jobs pool logs p 1 2
jobs pool logs p one
jobs pool bogus
serve up
serve up s.yaml -n s
serve up s.yaml -n
serve update
serve update s
serve update s s.yaml --mode blue_green
serve status --endpoint s
serve down -p s --replica-id 2
serve logs s 1 --load-balancer
serve logs
local up --num-nodes 0
local up --num-nodes 2 --no-gpus
local up --num-nodes -5
local down --name x
api
api start --host 1.2.3.4
api start --host ::1 --port 46580
api start --config x
api stop
api stop now
api logs abc --no-follow
api logs a b
api status
api status -l all
api status -l 10 -a
api status -l ten
api status -l None
api cancel a b -y
api login -e http://x
api login -t tok
api login --token tok --relogin
api info -o json
api info -o xml
api bogus
workspace use
workspace use a --clear
workspace info -o xml
workspace info -o json
ssh up -f x
ssh up --async
ssh down --infra p
ssh down x
debug-dump -r a -r b
debug-dump -j 1 -j x
debug-dump --recent-minutes 1.5
debug-dump --recent-minutes many
debug-dump --recent-minutes 1_0.5
dashboard
ui
ui x
bogus
it's
--version
-v
-c
--commit
--version launch
-v -h
-h -v
--bogus
--versio
-x
-vx
-- status
--install-shell-completion
--install-shell-completion ksh
-h --install-shell-completion ksh
--install-shell-completion ksh -h
--version=1
"""


def words_of(line):
    return line.split(' ')


def flat(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if value is None:
        return 'none'
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, str) for v in value):
        return '='.join(value)
    if isinstance(value, list):
        return ','.join('' if v == '__skip_finished__' else v for v in value)
    return str(value)


def key_of(param):
    if isinstance(param, click.Argument):
        return param.name
    return next(o for o in param.opts if o.startswith('--'))[2:]


SKIPPED = {'config', 'workspace', 'env-file', 'secret-file'}


def shown(ctx):
    lines = []
    for param in ctx.command.params:
        key = key_of(param)
        if key in SKIPPED or param.name not in ctx.params:
            continue
        value = ctx.params[param.name]
        source = ctx.get_parameter_source(param.name)
        if isinstance(param, click.Argument):
            if value in (None, ()):
                continue
        elif source != click.core.ParameterSource.COMMANDLINE:
            continue
        if key == 'docker':
            lines.append('docker = true')
            continue
        if param.multiple or param.nargs == -1:
            assert all(not isinstance(v, tuple) or len(v) == 2 for v in value)
            lines.append(f'{key} = ' + '|'.join(flat(v) for v in value))
        elif param.type.name == 'float':
            lines.append(f'{key} = {value:g}')
        else:
            lines.append(f'{key} = {flat(value)}')
    return sorted(lines)


def run(words):
    cmd, name, ctx = command.cli, 'sky', None
    args = list(words)
    while True:
        ctx = cmd.make_context(name, list(args), parent=ctx)
        if not isinstance(cmd, click.MultiCommand):
            return [f'parsed {ctx.command_path}'] + shown(ctx)
        rest = [*ctx.protected_args, *ctx.args]
        if not rest:
            ctx.fail('Missing command.')
        name, cmd, args = cmd.resolve_command(ctx, rest)


def record(words):
    err, out = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            lines = run(words)
    except click.ClickException as error:
        error.show(file=err)
        lines = ['error'] + ['| ' + line for line in err.getvalue().splitlines()]
    except click.exceptions.Exit:
        text = out.getvalue()
        eager = ('help ' + text.split('\n')[0] if text.startswith('Usage:') else
                 'version' if ', version' in text else 'commit')
        lines = ['eager ' + eager]
    print('$' + ''.join('\t' + w.replace('\n', '\\n') for w in words))
    print('\n'.join(line.rstrip() for line in lines) + '\n')


def random_words(rng):
    group = command.cli
    words = []
    while isinstance(group, click.MultiCommand):
        name = rng.choice(sorted(n for n in group.commands if n not in ('local',)))
        words.append(name)
        group = group.commands[name]
    pool = ['a', 'b.yaml', '1', '-5', 'x y', 'K=V', 'json', 'none', '', '--', '-', '3.5', 'best']
    for _ in range(rng.randrange(0, 6)):
        options = [p for p in group.params if isinstance(p, click.Option) and key_of(p) not in SKIPPED]
        if options and rng.random() < 0.6:
            param = rng.choice(options)
            spelled = rng.choice(param.opts + param.secondary_opts)
            shape = rng.random()
            if shape < 0.15 and len(spelled) > 4:
                spelled = spelled[:-1] if rng.random() < 0.5 else spelled[:3] + spelled[4:]
            if shape > 0.8:
                words.append(spelled + '=' + rng.choice(pool))
            else:
                words.append(spelled)
                if not param.is_flag and rng.random() < 0.9:
                    words.append(rng.choice(pool))
        else:
            words.append(rng.choice(pool))
    return words


def main():
    os.environ['COLUMNS'] = '80'
    os.environ.pop('SURELY_NOT_SET_HERE', None)
    assert os.environ['MY_ENV'] == '1'
    print('# Recorded from skypilot 0.14.1 by record_usage.py; do not edit.\n')
    for line in HANDMADE.strip().splitlines():
        record(words_of(line))
    record(['launch', '--num-nodes', 'a\nb'])
    record(['launch', '--num-nodes', ' 2 '])
    record(['launch', ''])
    record([''])
    record([])
    rng = random.Random(20251125)
    for _ in range(400):
        record(random_words(rng))
    sys.stdout.flush()


main()
