#!/usr/bin/env python3
"""Compares appliances packet for packet: all run at once, each in a network namespace of its own, and take turns.

  alternate.py --generator PATH [options] NAME='COMMAND' NAME='COMMAND' ...

COMMAND is the program itself, not a shell around it; {ip} in it stands for its address. The first one is the floor. GENERATOR plays the load
balancer and checks what comes back; it takes --dst, --src, --seconds, --rate, --window, --json and prints received, lost and counters of what was wrong.

Appliances are pinned to CPU 1, the generator to CPU 0. A turn's figure is the CPU time of an appliance, with the kernel's work on its behalf, for a
packet that came back; a ratio is taken for each round, and the median of the rounds is what to quote. With --rate in --load round trips are compared, too.
With --sample perf(1) looks 10,000 times a second where CPU 1 is: that tells the kernel's time from the program's own, and compiled Java ("jit") from JNA.

Linux, root, iproute2. Makes the namespaces gwlb4j-lb and gwlb4j-0, -1, ... without a way out, and removes them; loads are bounded in time.
"""
import argparse, collections, json, os, re, shlex, signal, statistics, subprocess, sys, tempfile, time

LB = 'gwlb4j-lb'
SAMPLES_A_SECOND = 9973
SETTLING_ROUNDS = 10  # not counted: what a JVM sees for the first time, such as traffic that begins anew, has it compile methods anew
WRONG = ('wrong_port', 'wrong_addr', 'wrong_cookie', 'wrong_header', 'corrupted', 'duplicated', 'reordered')


def sh(command):
    subprocess.run(shlex.split(command), check=True)


def inside(namespace, cpu, command):
    return ['ip', 'netns', 'exec', namespace, 'taskset', '-c', cpu, *command]


def connect(i):
    namespace, ip, mac = f'gwlb4j-{i}', f'10.{100 + i}.0', f'02:00:0a:64:{i:02x}:'
    sh(f'ip netns add {namespace}')
    sh(f'ip -n {LB} link add v{i} mtu 9001 address {mac}01 type veth peer name veth netns {namespace} mtu 9001 address {mac}02')
    sh(f'ip netns exec {namespace} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 '
       'net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.veth.rp_filter=0 net.ipv6.conf.veth.disable_ipv6=1')
    sh(f'ip netns exec {LB} sysctl -qw net.ipv6.conf.v{i}.disable_ipv6=1')
    for ns, device, own, other in ((LB, f'v{i}', 1, 2), (namespace, 'veth', 2, 1)):
        sh(f'ip -n {ns} link set lo up')
        sh(f'ip -n {ns} addr add {ip}.{own}/24 dev {device}')
        sh(f'ip -n {ns} link set {device} up')
        sh(f'ip -n {ns} neigh replace {ip}.{other} lladdr {mac}{other:02x} dev {device}')
    return namespace, ip


def cpu_seconds(pid):
    return sum(int(open(f'/proc/{pid}/task/{task}/schedstat').read().split()[0]) for task in os.listdir(f'/proc/{pid}/task')) / 1e9


def load(args, ip, seconds):
    options = shlex.split(args.load)
    if '--rate' not in options:
        options += ['--rate', '0', '--window', '256']
    command = [args.generator, '--dst', ip + '.2', '--src', ip + '.1', '--tx', 'packet', '--seconds', str(seconds), '--drain', '150', '--json', *options]
    out = subprocess.run(inside(LB, '0', command), capture_output=True, text=True, timeout=seconds + 60)
    if out.returncode:
        sys.exit('alternate: generator: ' + out.stderr.strip())
    return json.loads(out.stdout)


def spread(values, floor):
    ratios = [a / b for a, b in zip(values, floor) if b]
    return f'{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})' if ratios else '-'


def kind(shared_object):
    if 'kernel' in shared_object:
        return 'kernel'
    if shared_object.startswith(('[JIT]', 'perf-', '//anon')):
        return 'jit'
    return 'jna' if shared_object.startswith('jna') else os.path.basename(shared_object.split()[0])


def report_samples(samples, programs, packets):
    """Nanoseconds a packet by where they were spent."""
    report = subprocess.run(['perf', 'report', '-i', samples, '--sort', 'pid,dso', '-n', '--stdio', '-g', 'none', '--percent-limit', '0'],
                            capture_output=True, text=True).stdout
    of_thread = collections.defaultdict(collections.Counter)
    for count, thread, shared_object in re.findall(r'^ *[\d.]+% +(\d+) +(\d+):\S.*? {2,}(\S.*?) *$', report, re.M):
        of_thread[thread][kind(shared_object)] += int(count)
    for name, (process, _) in programs.items():
        spent = sum((of_thread[thread] for thread in os.listdir(f'/proc/{process.pid}/task')), collections.Counter())
        print(f"{name:10s} ns  {'  '.join(f'{what} {count / SAMPLES_A_SECOND * 1e9 / packets[name]:.0f}' for what, count in spent.most_common(6))}")


def take_turns(args, programs, turns, rounds):
    for i in range(rounds):
        for name in list(programs)[::1 if i % 2 == 0 else -1]:
            process, ip = programs[name]
            if process.poll() is not None:
                sys.exit(f'alternate: {name} ended by itself')
            before = cpu_seconds(process.pid)
            result = load(args, ip, args.seconds)
            result['us'] = (cpu_seconds(process.pid) - before) * 1e6 / max(1, result['received'])
            turns[name].append(result)


def measure(args, programs):
    for name, (process, ip) in programs.items():
        load(args, ip, args.warm)
    take_turns(args, programs, collections.defaultdict(list), SETTLING_ROUNDS)
    turns = {name: [] for name in programs}
    if args.sample:
        with tempfile.TemporaryDirectory(prefix='alternate-') as folder:
            perf = subprocess.Popen(['perf', 'record', '-q', '-C', '1', '-F', str(SAMPLES_A_SECOND), '-e', 'cpu-clock', '-o', f'{folder}/samples'])
            try:
                take_turns(args, programs, turns, args.rounds)
            finally:
                perf.send_signal(signal.SIGINT)
                perf.wait()
            report_samples(f'{folder}/samples', programs, {name: sum(t['received'] for t in of) for name, of in turns.items()})
    else:
        take_turns(args, programs, turns, args.rounds)
    print(f'# {args.load}; {args.rounds} rounds of {args.seconds} s; over the first: median (least-most)')
    floor = next(iter(turns.values()))
    for name, of in turns.items():
        columns = [f"{title} {statistics.median(t.get(key) or 0 for t in of):.2f}, {spread([t.get(key) or 0 for t in of], [t.get(key) or 0 for t in floor])}"
                   for title, key in (('us', 'us'), ('p50', 'p50_us'), ('p99', 'p99_us'))]
        wrong = {key: sum(t.get(key) or 0 for t in of) for key in WRONG if any(t.get(key) for t in of)}
        print(f"{name:10s} {'  '.join(columns)}  lost {sum(t['lost'] for t in of)} {wrong or ''}")


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument('--generator', required=True)
    p.add_argument('--load', default='--flows 100 --size 64', help='options for the generator')
    p.add_argument('--rounds', type=int, default=12)
    p.add_argument('--seconds', type=float, default=1)
    p.add_argument('--warm', type=int, default=8)
    p.add_argument('--sample', action='store_true')
    p.add_argument('program', nargs='+')
    args = p.parse_args()
    programs, namespaces = {}, [LB]
    sh(f'ip netns add {LB}')
    try:
        for i, (name, command) in enumerate(program.split('=', 1) for program in args.program):
            namespace, ip = connect(i)
            namespaces.append(namespace)
            programs[name] = subprocess.Popen(inside(namespace, '1', shlex.split(command.replace('{ip}', ip + '.2'))), stdout=subprocess.DEVNULL), ip
            time.sleep(2)
        measure(args, programs)
    finally:
        for process, _ in programs.values():
            process.send_signal(signal.SIGINT)
        for process, _ in programs.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for namespace in reversed(namespaces):
            sh(f'ip netns del {namespace}')


main()
