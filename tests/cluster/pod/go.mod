module pawnshop.dev/cluster/pod

go 1.24.0
