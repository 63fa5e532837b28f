package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
)

// The media types of the OCI image specification, and the annotation by which containerd names what it imports.
const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
	nameKey      = "io.containerd.image.name"
	// nonRoot is the user that images of this project run as.
	nonRoot = "65532:65532"
)

type object map[string]any

// writeImage packs one static program, as its image's only file and entry point, into an OCI layout in a tar.
func writeImage(name, program, file string) error {
	content, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	path := filepath.Base(program)
	rootfs, err := archive([]entry{{path, 0o755, content}})
	if err != nil {
		return err
	}
	layer := blob{layerType, rootfs}
	config, err := document(configType, object{
		"architecture": runtime.GOARCH,
		"os":           runtime.GOOS,
		"config":       object{"Entrypoint": []string{"/" + path}, "User": nonRoot},
		"rootfs":       object{"type": "layers", "diff_ids": []string{layer.digest()}},
	})
	if err != nil {
		return err
	}
	manifest, err := document(manifestType, object{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": config.descriptor(), "layers": []object{layer.descriptor()},
	})
	if err != nil {
		return err
	}
	named := manifest.descriptor()
	named["annotations"] = object{nameKey: name}
	index, err := document(indexType, object{
		"schemaVersion": 2, "mediaType": indexType, "manifests": []object{named},
	})
	if err != nil {
		return err
	}
	layout, err := archive([]entry{
		{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		{"index.json", 0o644, index.content},
		config.entry(), layer.entry(), manifest.entry(),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, layout, 0o644)
}

// blob is content that an image refers to by its digest.
type blob struct {
	mediaType string
	content   []byte
}

func document(mediaType string, value object) (blob, error) {
	content, err := json.Marshal(value)
	return blob{mediaType, content}, err
}

func (b blob) hash() string {
	sum := sha256.Sum256(b.content)
	return hex.EncodeToString(sum[:])
}

func (b blob) digest() string { return "sha256:" + b.hash() }

func (b blob) descriptor() object {
	return object{"mediaType": b.mediaType, "digest": b.digest(), "size": len(b.content)}
}

func (b blob) entry() entry { return entry{"blobs/sha256/" + b.hash(), 0o644, b.content} }

type entry struct {
	path    string
	mode    int64
	content []byte
}

// archive is the same for the same entries: no times, no owners.
func archive(entries []entry) ([]byte, error) {
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	for _, entry := range entries {
		header := tar.Header{Name: entry.path, Mode: entry.mode, Size: int64(len(entry.content))}
		if err := writer.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(entry.content); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), writer.Close()
}
