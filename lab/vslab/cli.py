# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab/run's command line: verbs and their options, a table; each verb is one short function. Called by __main__.py."""
import argparse
import importlib.util
import os
import subprocess
import sys

from vslab import cache, progress
from vslab.api import MEMORY, Lab
from vslab.errors import EXIT_LAB, EXIT_VERDICT, LabError

BENCHES = os.path.join(cache.LAB, "bench")
SUITE_HELP = f"level-1 suite: {', '.join(Lab.suite_names)} (usual: {Lab.default_suite})"
DESCRIPTION = ("A whole KVM host in one command: Debian of a given suite with libvirt, QEMU, KVM and virtsched, under an "
               "emulator with hardware virtualisation, on any machine. Caches are in build/lab (or $VS_LAB_CACHE).")


def _has_main(path):
    with open(path, encoding="utf-8") as source:
        return any(line.startswith("def main(") for line in source)


def _bench_names():
    """Names of the files in lab/bench that can be run; the others are what they share."""
    if not os.path.isdir(BENCHES):
        return []
    return sorted(name[:-3].replace("_", "-") for name in os.listdir(BENCHES)
                  if name.endswith(".py") and _has_main(os.path.join(BENCHES, name)))


def _bench(name):
    """The module lab/bench/NAME.py, which has add_arguments(parser) and main(args, lab)."""
    path = os.path.join(BENCHES, name.replace("-", "_") + ".py")
    if not os.path.exists(path):
        path = os.path.join(BENCHES, name + ".py")
    if not os.path.exists(path):
        raise LabError(f"run bench {name}: there is no {os.path.relpath(path, cache.PROJECT)}; "
                       f"there are: {', '.join(_bench_names()) or 'none'}", 2)
    sys.path.insert(0, BENCHES)
    spec = importlib.util.spec_from_file_location("vs_bench_" + name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run_bench(name, words, prog):
    module = _bench(name)
    parser = argparse.ArgumentParser(prog=prog, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    return module.main(parser.parse_args(words), Lab())


def do_demo(args):
    return _run_bench("demo", args.words, "lab/run demo")


def do_bench(args):
    return _run_bench(args.name, args.words, f"lab/run bench {args.name}")


def do_test(args):
    path = os.path.join(cache.PROJECT, "tests", "run-tests")
    if not os.path.exists(path):
        raise LabError(f"run tests: there is no {path}")
    return subprocess.run(["/usr/bin/python3", path, *args.words], env={**os.environ, "VS_LAB_CACHE": cache.ROOT},
                          check=False).returncode


def do_exec(args):
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise LabError("run command: none given; usage: lab/run exec [OPTION...] -- COMMAND...", 2)
    env = dict(word.split("=", 1) for word in args.env if "=" in word)
    result = Lab().exec(command, args.suite, args.deterministic, args.cpus, args.memory, args.timeout, args.mount, env, stream=True,
                        socket=args.socket)
    if result.splats:
        progress.say(f"the level-1 kernel complained, which fails the run (console: {result.folder}/console):")
        for line in result.splats:
            print("    " + line, file=sys.stderr)
    return result.exit_status


def do_shell(args):
    Lab().shell(args.suite, args.cpus or 2, args.memory, args.mount)
    return 0


def do_build(args):
    lab = Lab()
    for suite in args.suite or Lab.suite_names:
        lab.prepare(suite)
    return 0


def do_clean(args):
    if os.path.isdir(cache.ROOT):
        with progress.step(f"removing {cache.ROOT}"):
            cache.remove(cache.ROOT)
    return 0


def _machine_options(parser):
    parser.add_argument("--suite", default=Lab.default_suite, choices=Lab.suite_names, help=SUITE_HELP)
    parser.add_argument("--cpus", type=int, help="CPUs of level 1 (usual: 2; deterministic: 1)")
    parser.add_argument("--memory", type=int, default=MEMORY, help=f"memory of level 1 in MiB (usual: {MEMORY})")
    parser.add_argument("--mount", metavar="DIR", help="folder to see at /mnt/lab; what is changed there comes back")


def _exec_options(parser):
    _machine_options(parser)
    parser.add_argument("--deterministic", action="store_true", help="count instructions as time: two runs are the same")
    parser.add_argument("--timeout", type=int, default=900, help="end the run after this many real seconds (usual: 900)")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="set in COMMAND's environment")
    parser.add_argument("--socket", metavar="PATH", help="a Unix socket to make, which is /dev/virtio-ports/vs.socket in the host")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")


def _words(parser):
    parser.add_argument("words", nargs=argparse.REMAINDER, help="passed on")


def _bench_options(parser):
    parser.add_argument("name", help=f"one of: {', '.join(_bench_names()) or 'none yet'}; NAME --help for its options")
    _words(parser)


def _build_options(parser):
    parser.add_argument("--suite", action="append", choices=Lab.suite_names, help="only this one (may be repeated)")


VERBS = (
    ("demo", do_demo, _words, "the main job, shown: vanilla, static and virtsched side by side"),
    ("test", do_test, _words, "run the project's tests: [--quick] [TIER...]"),
    ("bench", do_bench, _bench_options, "measure: NAME [--json FILE] [--cpus N] [--vcpus N] ..."),
    ("exec", do_exec, _exec_options, f"run COMMAND as root in a level-1 host; its output, its exit status "
     f"({EXIT_VERDICT}: the kernel complained, 124: timeout, {EXIT_LAB}: the lab failed)"),
    ("shell", do_shell, _machine_options, "a level-1 host with its console on this terminal"),
    ("build", do_build, _build_options, "only fill the caches"),
    ("clean", do_clean, lambda parser: None, "remove the caches"),
)
PASSED_ON = {"demo": 1, "test": 1, "bench": 2}   # verbs whose words belong to someone else, from this position on


def main(words):
    parser = argparse.ArgumentParser(prog="lab/run", description=DESCRIPTION)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, function, options, text in VERBS:
        sub = verbs.add_parser(name, help=text, description=text, add_help=name not in PASSED_ON)
        options(sub)
        sub.set_defaults(function=function)
    rest = []
    keep = PASSED_ON.get(words[0]) if words else None
    if keep and not (words[0] == "bench" and words[1:2] in ([], ["--help"], ["-h"])):
        words, rest = words[:keep], words[keep:]
    elif keep:
        words = ["bench", "--help"] if words[1:] else words
        verbs.choices["bench"].add_argument("-h", "--help", action="help")
    args = parser.parse_args(words)
    if keep:
        args.words = rest
    try:
        return args.function(args)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130
