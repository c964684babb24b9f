// SPDX-License-Identifier: GPL-2.0-only
//! Waits under what rustc and Rust's library make: closures, trait objects, sorting,
//! threads, and panics on their way. See truth.h.
//!
//! A line on standard input is a phase: "all NR".
use std::collections::BTreeMap;
use std::ffi::{c_char, c_uint, c_ulong, CStr};
use std::panic;
use std::thread;

extern "C" {
    fn truth_init(nr: c_uint);
    fn truth_wait();
    fn truth_phases(phase: extern "C" fn(*const c_char, c_ulong));
}

#[inline(never)]
fn wait() -> usize {
    unsafe { truth_wait() };
    std::hint::black_box(1)
}

#[inline(never)]
fn recursion(depth: usize) -> usize {
    let room = [depth; 40];
    let sum = if depth > 0 { recursion(depth - 1) } else { wait() };
    sum + std::hint::black_box(room)[depth % 40]
}

trait Animal {
    fn speak(&self) -> usize;
}

struct Dog(usize);
struct Cat([u8; 2000]);

impl Animal for Dog {
    #[inline(never)]
    fn speak(&self) -> usize {
        recursion(self.0 % 3) + 1
    }
}

impl Animal for Cat {
    #[inline(never)]
    fn speak(&self) -> usize {
        let copy = std::hint::black_box(self.0);
        wait() + copy[0] as usize
    }
}

#[repr(align(128))]
struct Wide([u8; 256]);

#[inline(never)]
fn realigned(path: usize) -> usize {
    let mut wide = Wide([0; 256]);
    wide.0[path % 256] = 1;
    let wide = std::hint::black_box(wide);
    wait() + wide.0[path % 256] as usize
}

/// Waits while a panic goes through whoever holds it.
struct WaitsAtItsEnd;

impl Drop for WaitsAtItsEnd {
    #[inline(never)]
    fn drop(&mut self) {
        wait();
    }
}

#[inline(never)]
fn panics(path: usize) -> usize {
    let _held = WaitsAtItsEnd;
    if path < usize::MAX {
        panic!("on purpose");
    }
    path
}

fn shapes(path: usize) -> usize {
    let animals: Vec<Box<dyn Animal>> = vec![Box::new(Dog(path)), Box::new(Cat([1; 2000]))];
    let mut sum: usize = animals.iter().map(|animal| animal.speak()).sum();
    let mut numbers: Vec<usize> = (0..50).map(|n| (n * 7919 + path) % 101).collect();
    let mut done = false;
    numbers.sort_by(|a, b| {
        if !done {
            done = true;
            sum += wait();
        }
        a.cmp(b)
    });
    let mut calls: BTreeMap<usize, Box<dyn Fn(usize) -> usize>> = BTreeMap::new();
    calls.insert(1, Box::new(|n| recursion(n % 5) + 1));
    calls.insert(2, Box::new(realigned));
    sum += calls.values().map(|call| call(path)).sum::<usize>();
    sum += panic::catch_unwind(|| panics(path)).unwrap_or(1);
    sum + thread::spawn(move || recursion(path % 4)).join().unwrap_or(0)
}

extern "C" fn phase(_what: *const c_char, number: c_ulong) {
    let what = unsafe { CStr::from_ptr(_what) };
    if what.to_bytes() == b"all" {
        let sum: usize = (0..number as usize).map(shapes).sum();
        std::hint::black_box(sum);
    }
}

fn main() {
    panic::set_hook(Box::new(|_| {}));
    unsafe {
        truth_init(4096);
        truth_phases(phase);
    }
}
