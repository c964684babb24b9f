// SPDX-License-Identifier: GPL-2.0-only
// Rust names: a method with a generic argument, inlined into another function.
use std::io::{Read, Write};

pub mod shop {
    use std::arch::asm;

    pub struct Queue<T> {
        pub item: T,
    }

    impl<T> Queue<T> {
        #[inline(always)]
        fn peek(&self) -> usize {
            let address: usize;
            unsafe { asm!("lea {}, [rip]", out(reg) address) };
            address
        }

        #[inline(never)]
        pub fn take(&self) -> usize {
            self.peek()
        }
    }
}

extern "C" {
    static __ehdr_start: u8;
}

fn main() {
    let queue = shop::Queue { item: 1u64 };
    let base = unsafe { &__ehdr_start as *const u8 as usize };
    println!("base {:#x}\ninlined {:#x}\nready -", base, queue.take());
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read(&mut [0u8; 1]);
    let _ = queue.item;
}
