# SPDX-License-Identifier: GPL-2.0-only
# waitprof diff on captures: what it finds, what it does not find, what it warns of.
# usage: diff.py WAITPROF MAKE_CAPTURE FOLDER
import json
import os
import shutil
import sqlite3
import subprocess
import sys

waitprof, make_capture, folder = sys.argv[1:]


def capture(name, slices=20, factor=1, seed=1, work=0, kernel='6.1.0'):
    path = os.path.join(folder, name + '.wp')
    subprocess.run([make_capture, path, str(slices), str(factor), str(seed), str(work), kernel],
                   check=True)
    return path


def diff(*args):
    run = subprocess.run([waitprof, 'diff', *args], capture_output=True, text=True)
    assert run.returncode == 0 and not run.stderr, (args, run)
    return run.stdout


def as_json(*args):
    return json.loads(diff(*args, '--json'))


def site(result, name):
    rows = [r for r in result['rows'] if r['level'] == 'callsite' and name in r['callsite']]
    assert len(rows) == 1, (name, result['rows'])
    return rows[0]


a, a2, a3 = (capture(f'a{i}', seed=10 + i) for i in range(3))
b, b2, b3 = (capture(f'b{i}', seed=20 + i, factor=2) for i in range(3))

# Recorded twice, unchanged.
result = as_json(a, a2)
assert not result['warnings'], result['warnings']
for row in result['rows']:
    for value in ('time_ns', 'waits'):
        if row[value]:
            assert row[value]['per_second']['verdict'] == 'nothing shown', row
assert result['summary'].startswith('no change shown at 2 of 2 call sites'), result['summary']
assert diff(a, a2) == diff(a, a2)

# Twice the time at one of two call sites.
result = as_json(a, b)
hot = site(result, 'hot_lock')['time_ns']['per_second']
assert hot['verdict'] == 'changed' and hot['low'] < 2 < hot['high'] < 2.8, hot
assert 180e6 < hot['before'] < 220e6 and hot['p'] < 0.001, hot
assert site(result, 'hot_lock')['waits']['per_second']['verdict'] == 'nothing shown'
assert site(result, 'other_lock')['time_ns']['per_second']['verdict'] == 'nothing shown'
last = diff(a, b).splitlines()[-1]
assert last.startswith('grew: futex hot_lock') and 'shrank' not in last, last
assert diff(b, a).splitlines()[-1].startswith('shrank: futex hot_lock')

# A part of them.
result = as_json(a, b, '--comm', 'mad?')
assert len([r for r in result['rows'] if r['level'] == 'callsite']) == 2
result = as_json(a, b, '--class', 'mutex')
assert not result['rows'] and result['summary'] == 'no waits', result
result = as_json(a, b, '--kind', 'join')
assert result['after'][0]['left_out']['count'] > 1000, result['after']
assert 'left out by --kind: ' in diff(a, b, '--kind', 'join')

# Several a side.
result = as_json('--before', ','.join((a, a2, a3)), '--after', b + ',' + b2, '--after', b3)
hot = site(result, 'hot_lock')['time_ns']['per_second']
assert result['compared'] == 'recordings' and len(result['after']) == 3
assert hot['verdict'] == 'changed' and hot['low'] < 2 < hot['high'], hot

# Per unit of work: as much time for twice the work.
half = capture('half', seed=31, work=500)
whole = capture('whole', seed=32, work=1000)
result = as_json(half, whole)
hot = site(result, 'hot_lock')['time_ns']
assert result['per'] == 'unit'
assert hot['per_unit']['low'] < 0.5 < hot['per_unit']['high'] and hot['per_unit']['p'] < 0.001
assert hot['per_second']['verdict'] == 'nothing shown'
assert abs(hot['per_unit']['before'] - hot['per_second']['before'] * 20 / 500) < 1

# Too little for a verdict, made elsewhere.
brief = capture('brief', slices=3, factor=5, kernel='6.12.0')
result = as_json(a, brief)
hot = site(result, 'hot_lock')['time_ns']['per_second']
assert hot['verdict'] == 'not enough data' and hot['p'] is None, hot
assert hot['missing']['what'] == 'slices' and hot['missing']['record_s'] == 10, hot
assert result['summary'] == 'not enough data: 3 slices; record about 10 s', result['summary']
assert len(result['warnings']) == 1 and result['warnings'][0].startswith('kernel: 6.1.0 in')
assert 'warning: kernel: ' in diff(a, brief)

# One of them stopped by its guard.
stopped = os.path.join(folder, 'stopped.wp')
shutil.copy(a2, stopped)
with sqlite3.connect(stopped) as file:
    file.execute("INSERT OR REPLACE INTO loss (name, value) VALUES ('stopped_ns', 4020000000)")
result = as_json(a, stopped)
assert [one.split('/')[-1] for one in result['warnings']] == [
    'stopped.wp: stopped by its guard after 4.02 s'], result['warnings']

# More slices than are told apart: neighbours are taken together.
long = capture('long', slices=1300, seed=40)
result = as_json(long, a)
hot = site(result, 'hot_lock')['time_ns']['per_second']
assert hot['verdict'] == 'nothing shown' and 190e6 < hot['before'] < 210e6, hot
assert result['before'][0]['slices'] == 1300
