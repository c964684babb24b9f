# SPDX-License-Identifier: GPL-2.0-only
# budget and blocked of captures: as text, as JSON with its schema, of older captures.
# usage: views.py WAITPROF MAKE_CAPTURE FOLDER
import json
import os
import sqlite3
import subprocess
import sys

waitprof, make_capture, folder = sys.argv[1:]
schema = ['tests/cli/consumers/check_json.py', 'cli/schema/waitprof.schema.json']
path = os.path.join(folder, "the 'views' of.wp")
plain = os.path.join(folder, 'views-made.wp')
subprocess.run([make_capture, path, '10', '1', '3', '0', '6.1.0'], check=True)
os.rename(path, plain)


def run(*args, status=0):
    result = subprocess.run([waitprof, *args], capture_output=True, text=True)
    assert result.returncode == status, (args, result)
    assert status or not result.stderr, (args, result)
    return result.stdout if not status else result.stderr


def as_json(command, *args):
    text = run(command, *args, '--json')
    file = os.path.join(folder, f'views-{command}.json')
    with open(file, 'w') as out:
        out.write(text)
    subprocess.run(schema + [command, file], check=True, stdout=subprocess.DEVNULL)
    return json.loads(text)


# 10 % on a CPU and 2 % runnable by what was written, some 23 % in futex waits, sleep.
budget = as_json('budget', '-i', plain)
row, = budget['rows']
parts = {part['part']: part for part in row['parts']}
assert sum(part['ns'] for part in row['parts']) == row['wall_ns'] == 10 * 10**9, row
assert parts['on_cpu']['ns'] == 10**9 and parts['run_queue']['ns'] == 2 * 10**8, row
assert parts['wait']['class'] == 'futex' and 1.9e9 < parts['wait']['ns'] < 2.7e9, row
assert parts['sleep']['function'] == 'made_poll' and parts['sleep']['samples'] == 600, row
assert budget['processes'][0]['wall_ns'] == row['wall_ns'], budget
assert budget['duration_ns'] == 10 * 10**9 and budget['samples'] == 1000, budget
assert f"see 'waitprof top -i {plain} -c futex" in budget['next'][1], budget['next']
assert as_json('budget', '-i', plain, '-p', '1')['rows'] == []
text = run('budget', '-i', plain)
assert text.startswith(f'waitprof budget: {plain}, 10.00 s\nrecorded '), text
assert 'sleep in made_poll (600 samples)' in text, text
# The next question can be asked as it stands, or says that it cannot.
question = text.splitlines()[-1].split("'")[1].split()
assert question[0] == 'waitprof' and 'futex' in run(*question[1:]), question
os.rename(plain, path)
assert '-i FILE' in run('budget', '-i', path), 'a quote in a name'
os.rename(path, plain)

blocked = as_json('blocked', '-i', plain)
row, = blocked['rows']
assert row['class'] == 'futex' and row['since_ns'] == 5 * 10**8, row
assert row['owner']['by'] == 'glibc' and row['kind'] == 'lock', row
assert row['ustack'][0]['symbol'] == 'hot_lock', row
assert len(blocked['cycles']) == 1 and blocked['ended_unix_ns'] == 10 * 10**9, blocked
text = run('blocked', '-i', plain)
assert text.startswith(f'waitprof blocked: {plain}, 1 wait open at its end\nrecorded '), text
assert ', when the recording ended\n' in text and 'waits for itself' in text, text
assert as_json('blocked', '-i', plain, '--min', '1s')['rows'] == []
assert as_json('blocked', '-i', plain, '-c', 'io')['rows'] == []

# Recorded by an older version.
with sqlite3.connect(plain) as database:
    database.executescript(
        'DROP TABLE thread_time; DROP TABLE thread_sleep; DROP TABLE open_wait;'
        "DROP TABLE holder; DELETE FROM info WHERE name IN ('thread_samples', 'open_ns')")
assert 'hot_lock' in run('report', plain)
for command, words in (('budget', 'has no figures of single threads; record it again, with --pid'),
                       ('blocked', 'does not have the open waits; record it again')):
    assert words in run(command, '-i', plain, status=1), command
os.unlink(plain)
