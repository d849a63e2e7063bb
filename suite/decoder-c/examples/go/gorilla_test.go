package gorilla_fuzz

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzGorilla checks seeded inputs, and files of the folder in WSSPEC_CORPUS; with -fuzz, it varies them.
func FuzzGorilla(f *testing.F) {
	for seed := uint64(0); seed < 500; seed++ {
		f.Add(Generated(seed))
	}
	if folder := os.Getenv("WSSPEC_CORPUS"); folder != "" {
		files, _ := filepath.Glob(filepath.Join(folder, "*"))
		for _, file := range files {
			if input, err := os.ReadFile(file); err == nil {
				f.Add(input)
			}
		}
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if wrong := Check(input); wrong != "" {
			t.Fatal(wrong)
		}
	})
}
