// Command pod is what runs in the pods of test clusters: the container that holds a pod's namespaces together
// (no argument), a server for the harness's own tests (serve), and the tool that packs any static program, itself
// too, into an image that containerd loads (image).
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: pod                           wait for the signal to end
       pod serve                     serve HTTP on port 8080 (see serve.go)
       pod image NAME PROGRAM FILE   pack PROGRAM as the image NAME into FILE`

func main() {
	arguments := os.Args[1:]
	var err error
	switch {
	case len(arguments) == 0:
		pause()
	case len(arguments) == 1 && arguments[0] == "serve":
		err = serve()
	case len(arguments) == 4 && arguments[0] == "image":
		err = writeImage(arguments[1], arguments[2], arguments[3])
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pod:", err)
		os.Exit(1)
	}
}

func pause() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}
