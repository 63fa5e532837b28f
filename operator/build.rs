//! Compiles KEDA's contract with external scalers from the workspace's `proto` folder.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../proto/keda/externalscaler.proto");
    #[cfg(feature = "controller")]
    {
        let descriptors = protox::compile(["keda/externalscaler.proto"], ["../proto"])?;
        let contract = tonic_prost_build::configure().btree_map(".");
        contract.build_client(false).build_transport(false).compile_fds(descriptors)?;
    }
    Ok(())
}
