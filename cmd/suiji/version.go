package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"suiji/internal/errs"
	"suiji/internal/sbom"
)

// linked is the version that scripts/dist gives.
var linked string

// version says which program this is: what the linker was told, else the
// commit that the Go toolchain noted.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if linked != "" || !ok {
		return linked
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return fmt.Sprintf("%.12s", s.Value)
		}
	}
	return info.Main.Version
}

func (p program) versionCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "版本和组成 / which program this is, and what it is made of",
		Long: "Prints version, Go and system. --sbom prints the modules that were linked into the program, or into the Go program --of names (of any\n" +
			"system), as CycloneDX 1.6 JSON; the same program gives the same bytes.",
		Example: "  suiji version --sbom >suiji.cdx.json",
		Args:    cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "输出 JSON / as JSON")
	parts := cmd.Flags().Bool("sbom", false, "列出组成（CycloneDX）/ the modules, as CycloneDX")
	of := cmd.Flags().String("of", "", "另一个程序文件 / another program's file, with --sbom")
	cmd.RunE = func(*cobra.Command, []string) error {
		if *parts {
			return p.printParts(*of)
		}
		system := runtime.GOOS + "/" + runtime.GOARCH
		if *asJSON {
			return json.NewEncoder(p.stdout).Encode(map[string]string{"version": version(), "go": runtime.Version(), "system": system})
		}
		_, err := fmt.Fprintf(p.stdout, "suiji %s %s %s\n", version(), runtime.Version(), system)
		return err
	}
	return cmd
}

func (p program) printParts(file string) error {
	info, ok := debug.ReadBuildInfo()
	if file != "" {
		var err error
		if info, err = buildinfo.ReadFile(file); err != nil {
			return errs.Because(errs.Invalid, file+" 不是 Go 程序，没有列出组成", err)
		}
	} else if !ok {
		return errs.E(errs.Invalid, "这个程序没有写明自己的组成，请用 scripts/dist 构建")
	}
	text, err := sbom.Of(info, version())
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(text)
	return err
}
