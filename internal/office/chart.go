package office

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// chartChars is about how wide a chart is, in characters.
const chartChars = 70

// chart draws the second column of a sheet by its first, as bars that begin at
// nought, to the right of the table.
func chart(f *excelize.File, sheet string, s Sheet) error {
	at, err := excelize.CoordinatesToCellName(len(s.Header)+2, 2)
	if err != nil {
		return err
	}
	last := s.Bars + 1
	quoted := "'" + sheet + "'!"
	zero, ink := 0.0, excelize.Font{Color: "000000", Size: 9} // without it some programs print the words in light grey
	return f.AddChart(sheet, at, &excelize.Chart{
		Type: excelize.Bar,
		Series: []excelize.ChartSeries{{
			Name:       quoted + "$B$1",
			Categories: fmt.Sprintf("%s$A$2:$A$%d", quoted, last),
			Values:     fmt.Sprintf("%s$B$2:$B$%d", quoted, last),
			Fill:       excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1A56A8"}},
		}},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: sheet}}},
		Legend:    excelize.ChartLegend{Position: "none"},
		XAxis:     excelize.ChartAxis{ReverseOrder: true, Font: ink},
		YAxis:     excelize.ChartAxis{Minimum: &zero, MajorGridLines: true, Font: ink},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true},
		Dimension: excelize.ChartDimension{Width: 520, Height: uint(20 * (8 + s.Bars))},
		Format:    excelize.GraphicOptions{AltText: sheet + "，数字见左边的表"},
	})
}
