// Reads and writes the ledger's evidence with independent implementations of the same specifications:
// golang.org/x/mod/sumdb (note, tlog) and filippo.io/torchwood. Run by `make independent`.
//
//	independent read  DIR   verifies what the ledger's own code wrote; fails on the first disagreement
//	independent write DIR   writes a log of its own, for the ledger's code to verify
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "independent.example/log"

var sizes = []int64{1, 2, 3, 7, 8, 255, 256, 257, 300}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: independent read|write DIR")
	}
	switch os.Args[1] {
	case "read":
		read(os.Args[2])
	case "write":
		write(os.Args[2])
	default:
		log.Fatal("usage: independent read|write DIR")
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func file(dir string, name string) []byte {
	return must(os.ReadFile(filepath.Join(dir, name)))
}

// read holds a folder to what it must be.
func read(dir string) {
	ledger := must(note.NewVerifier(strings.TrimSpace(string(file(dir, "ledger.vkey")))))
	witness := must(torchwood.NewCosignatureVerifier(strings.TrimSpace(string(file(dir, "witness.vkey")))))
	policy := torchwood.ThresholdPolicy(3, torchwood.OriginPolicy(ledger.Name()),
		torchwood.SingleVerifierPolicy(ledger), torchwood.SingleVerifierPolicy(witness))
	point, _, err := torchwood.VerifyCheckpoint(file(dir, "checkpoint"), policy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("checkpoint of %s: %d entries, ledger's and witness's signatures hold\n", point.Origin, point.N)

	entries := readTiles(dir, point.Tree)
	fmt.Printf("tiles: %d entries read and held to the root\n", len(entries))

	receipts := must(filepath.Glob(filepath.Join(dir, "receipts", "*.tlog-proof")))
	for _, path := range receipts {
		data := must(os.ReadFile(path))
		entry := must(torchwood.ProofExtraData(data))
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), data); err != nil {
			log.Fatalf("%s: %v", path, err)
		}
		var wrong *torchwood.VerifyRecordError
		if err := torchwood.VerifyProof(policy, tlog.RecordHash([]byte("other")), data); !errors.As(err, &wrong) {
			log.Fatalf("%s: proves another entry: %v", path, err)
		}
	}
	fmt.Printf("receipts: %d hold, and none for another entry\n", len(receipts))

	lines := strings.Split(strings.TrimSpace(string(file(dir, "consistency"))), "\n")
	for _, line := range lines {
		fields := strings.Fields(line)
		old, new := must(strconv.ParseInt(fields[0], 10, 64)), must(strconv.ParseInt(fields[1], 10, 64))
		var proof tlog.TreeProof
		for _, hash := range fields[4:] {
			proof = append(proof, must(tlog.ParseHash(hash)))
		}
		oldRoot, newRoot := must(tlog.ParseHash(fields[2])), must(tlog.ParseHash(fields[3]))
		if err := tlog.CheckTree(proof, new, newRoot, old, oldRoot); err != nil {
			log.Fatalf("consistency %d to %d: %v", old, new, err)
		}
	}
	fmt.Printf("consistency proofs: %d hold\n", len(lines))
}

func readTiles(dir string, tree tlog.Tree) [][]byte {
	tiles := must(torchwood.NewTileFS(os.DirFS(dir)))
	client := must(torchwood.NewClient(tiles, torchwood.WithCutEntry(
		func(tile []byte) ([]byte, tlog.Hash, []byte, error) {
			entry, rest, err := torchwood.ReadTileEntry(tile)
			return entry, tlog.RecordHash(entry), rest, err
		})))
	var entries [][]byte
	for _, entry := range client.AllEntries(context.Background(), tree, 0) {
		entries = append(entries, entry)
	}
	if client.Err() != nil {
		log.Fatal(client.Err())
	}
	if int64(len(entries)) != tree.N {
		log.Fatalf("%d entries in the tiles, %d in the checkpoint", len(entries), tree.N)
	}
	return entries
}

// hashes keeps all stored hashes of a growing tree.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, h[i])
	}
	return found, nil
}

// write makes a log of its own.
func write(dir string) {
	put := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(0, os.MkdirAll(filepath.Dir(path), 0o755))
		must(0, os.WriteFile(path, data, 0o644))
	}
	var stored hashes
	var entries [][]byte
	size := sizes[len(sizes)-1]
	for n := int64(0); n < size; n++ {
		entry := []byte(fmt.Sprintf("independent entry %d", n))
		entries = append(entries, entry)
		stored = append(stored, must(tlog.StoredHashes(n, entry, stored))...)
	}
	for _, tile := range tlog.NewTiles(torchwood.TileHeight, 0, size) {
		put(torchwood.TilePath(tile), must(tlog.ReadTileData(tile, stored)))
		if tile.L == 0 {
			tile.L = -1
			var bundle []byte
			for n := tile.N << torchwood.TileHeight; n < tile.N<<torchwood.TileHeight+int64(tile.W); n++ {
				bundle = must(torchwood.AppendTileEntry(bundle, entries[n]))
			}
			put(torchwood.TilePath(tile), bundle)
		}
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	must(0, err)
	put("ledger.vkey", []byte(vkey+"\n"))
	put("ledger.skey", []byte(skey+"\n"))
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(0, err)
	witness := must(torchwood.NewCosignatureSigner("witness.example/independent", private))
	put("witness.vkey", []byte(witness.Verifier().String()+"\n"))

	root := func(n int64) tlog.Hash { return must(tlog.TreeHash(n, stored)) }
	point := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: root(size)}}
	signed := must(note.Sign(&note.Note{Text: point.String()}, must(note.NewSigner(skey)), witness))
	put("checkpoint", signed)

	var consistency strings.Builder
	for _, new := range sizes {
		for _, old := range sizes {
			if old <= new {
				fmt.Fprintf(&consistency, "%d %d %s %s", old, new, root(old), root(new))
				for _, hash := range must(tlog.ProveTree(new, old, stored)) {
					fmt.Fprintf(&consistency, " %s", hash)
				}
				consistency.WriteString("\n")
			}
		}
		proof := must(tlog.ProveRecord(size, new-1, stored))
		put(fmt.Sprintf("receipts/%d.tlog-proof", new),
			torchwood.FormatProofWithExtraData(new-1, entries[new-1], proof, signed))
	}
	put("consistency", []byte(consistency.String()))
}
