// Command kube is etcd and Kubernetes in one program: which part it is, its name tells (a symbolic link) or its
// first argument. One program instead of seven is built once and linked once.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // the parts' own metrics
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// parts by the names of their usual programs, in the order in which a cluster starts them.
var parts = []struct {
	name string
	run  func() int
}{
	{"etcd", func() int { etcdmain.Main(os.Args); return 0 }},
	{"kube-apiserver", command(apiserver.NewAPIServerCommand)},
	{"kube-controller-manager", command(controllers.NewControllerManagerCommand)},
	{"kube-scheduler", command(func() *cobra.Command { return scheduler.NewSchedulerCommand() })},
	{"kubelet", command(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) })},
	{"kube-proxy", command(proxy.NewProxyCommand)},
	{"kubectl", runKubectl},
}

func main() {
	name := filepath.Base(os.Args[0])
	if name == "kube" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	for _, part := range parts {
		if part.name == name {
			os.Exit(part.run())
		}
	}
	fmt.Fprintf(os.Stderr, "%s is no part of Kubernetes; there are:\n", name)
	for _, part := range parts {
		fmt.Fprintf(os.Stderr, "  %s\n", part.name)
	}
	os.Exit(2)
}

func command(build func() *cobra.Command) func() int {
	return func() int { return cli.Run(build()) }
}

// runKubectl shows errors as kubectl's own program does, which is not how the servers do it.
func runKubectl() int {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
	return 0
}
