package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// patience is how long a question to the cluster may take, and how long answers under way may hold up the end.
const patience = 5 * time.Second

// serve answers what a pod sees of its cluster, until it is told to end:
//
//	/               the pod's name
//	/resolve/NAME   the addresses of NAME, one a line
//	/connect/ADDR   "connected" when ADDR (host:port) takes a connection
func serve() error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, name) })
	mux.HandleFunc("GET /resolve/{name}", func(w http.ResponseWriter, r *http.Request) {
		addresses, err := net.DefaultResolver.LookupHost(r.Context(), r.PathValue("name"))
		answer(w, strings.Join(addresses, "\n"), err)
	})
	mux.HandleFunc("GET /connect/{address}", func(w http.ResponseWriter, r *http.Request) {
		connection, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.PathValue("address"))
		if err == nil {
			connection.Close()
		}
		answer(w, "connected", err)
	})
	server := &http.Server{Addr: ":8080", Handler: http.TimeoutHandler(mux, patience, "no answer in time\n")}

	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	drained := make(chan error, 1)
	go func() {
		<-ended.Done()
		grace, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		drained <- server.Shutdown(grace)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}

func answer(w http.ResponseWriter, body string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, body)
}
