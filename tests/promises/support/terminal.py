"""Runs a program in the foreground of its own terminal, with a user who reads the screen and types.

argv: a script as JSON, {"limit": SECONDS, "steps": [[TEXT, KEYS, PAUSE], …]}; then the program and its arguments.
Each step waits until TEXT is on the screen after the text of the step before, waits for the pause, and types KEYS.
The program is killed after the limit. The result is printed as JSON.
"""

import fcntl
import json
import os
import pty
import select
import signal
import sys
import termios
import time

OF_A_JOB = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


def become(argv):
    """Becomes the foreground job, with the default signal handlers."""
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    for number in OF_A_JOB + (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)
    finally:
        os._exit(127)


def lead(argv, slave, limit, report):
    """Does what a shell does: leads the session, runs a job, and reads the state of the terminal afterwards."""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for stream in range(3):
        os.dup2(slave, stream)
    for number in OF_A_JOB:
        signal.signal(number, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        become(argv)
    killed = []

    def kill(*_):
        killed.append(True)
        os.killpg(job, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, limit)
    began = time.monotonic()
    _, status = os.waitpid(job, 0)
    modes = termios.tcgetattr(0)[3]
    outcome = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - began,
        "killed": bool(killed),
        "echoes": bool(modes & termios.ECHO and modes & termios.ICANON),
    }
    os.write(report, json.dumps(outcome).encode())
    os._exit(0)


class Screen:
    """The text of the screen, and how far the user has read."""

    def __init__(self, master):
        self.master, self.text, self.read, self.is_on = master, b"", 0, True

    def look(self):
        """Reads the available text; a terminal that no process has open is off (EIO on Linux)."""
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            piece = b""
        self.text += piece
        self.is_on = bool(piece)

    def finds(self, wanted):
        at = self.text.find(wanted.encode(), self.read)
        if at >= 0:
            self.read = at + len(wanted.encode())
        return at >= 0


def follow(screen, report, steps):
    """Types until the job has ended; returns the steps that were not reached and the leader's report."""
    steps, due = list(steps), None
    while True:
        if steps and due is None and screen.finds(steps[0][0]):
            due = time.monotonic() + steps[0][2]
        wait = None if due is None else max(0, due - time.monotonic())
        if wait == 0:
            os.write(screen.master, steps.pop(0)[1].encode())
            due = None
            continue
        watched = [report] + ([screen.master] if screen.is_on else [])
        ready = select.select(watched, [], [], wait)[0]
        if screen.master in ready:
            screen.look()
        elif report in ready:
            return steps, json.loads(os.read(report, 4096))


def main():
    script, argv = json.loads(sys.argv[1]), sys.argv[2:]
    (master, slave), (report, report_end) = pty.openpty(), os.pipe()
    if os.fork() == 0:
        os.close(master)
        lead(argv, slave, script["limit"], report_end)
    os.close(slave)
    os.close(report_end)
    screen = Screen(master)
    steps, outcome = follow(screen, report, script["steps"])
    while screen.is_on:
        screen.look()
    outcome["screen"] = screen.text.decode(errors="replace")
    outcome["unmet"] = steps[0][0] if steps else None
    print(json.dumps(outcome))


main()
