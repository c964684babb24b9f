// SPDX-License-Identifier: GPL-2.0-only

// Waits under goroutines, whose stacks are not where the threads' are. What is known
// of each wait is its callers, by Go's own account.
//
// A line on standard input is a phase: "all NR".
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

const futexWaitPrivate = 128

type timespec struct{ sec, nsec int64 }

var (
	words [4096]uint32
	next  int
	mutex sync.Mutex
	log   []string
)

//go:noinline
func wait() int {
	var pcs [64]uintptr

	nr := runtime.Callers(2, pcs[:])
	mutex.Lock()
	word := &words[next]
	next++
	mutex.Unlock()
	timeout := timespec{0, 1000000}
	syscall.Syscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitPrivate, 0,
		uintptr(unsafe.Pointer(&timeout)), 0, 0)
	list := strings.Trim(strings.Replace(fmt.Sprint(pcs[:nr]), " ", ", ", -1), "[]")
	mutex.Lock()
	log = append(log, fmt.Sprintf("{\"object\": %d, \"pid\": %d, \"outer\": 1, \"cut\": 1, "+
		"\"stack\": [%s], \"own\": []}", uintptr(unsafe.Pointer(word)), os.Getpid(), list))
	mutex.Unlock()
	return nr
}

//go:noinline
func recursion(depth int) int {
	var room [64]int

	room[depth%64] = 1
	if depth > 0 {
		return recursion(depth-1) + room[depth%64]
	}
	return wait() + room[depth%64]
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	fmt.Printf("{\"state\": \"ready\", \"pid\": %d}\n", os.Getpid())
	for input.Scan() {
		var nr int
		fmt.Sscanf(input.Text(), "all %d", &nr)
		for i := 0; i < nr; i++ {
			done := make(chan int)
			go func() { done <- recursion(i % 20) }()
			<-done
			recursion(3)
		}
		fmt.Println(strings.Join(log, "\n"))
		fmt.Println("{\"state\": \"done\"}")
		log = nil
	}
}
