package office

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// chart draws the second column of a sheet by its first, as bars that begin at
// nought, on the sheet of charts; no is its place there, from 0.
func chart(f *excelize.File, on, sheet string, s Sheet, no int) error {
	const each = 20 // rows of the sheet that one chart takes
	last := s.Bars + 1
	quoted := "'" + sheet + "'!"
	zero, ink := 0.0, excelize.Font{Color: "000000", Size: 9} // without it some programs print the words in light grey
	return f.AddChart(on, fmt.Sprintf("A%d", 1+no*each), &excelize.Chart{
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
		Dimension: excelize.ChartDimension{Width: 720, Height: 380},
		Format:    excelize.GraphicOptions{AltText: sheet + "，数字见同名工作表"},
	})
}

// charts adds the sheet of charts, if any sheet has one.
func charts(f *excelize.File, sheets []Sheet) error {
	const on = "图表"
	no := 0
	for i, s := range sheets {
		if s.Bars == 0 {
			continue
		}
		if no == 0 {
			if _, err := f.NewSheet(on); err != nil {
				return err
			}
			if err := onePageWide(f, on, false); err != nil {
				return err
			}
		}
		if err := chart(f, on, sheetName(s.Name, i), s, no); err != nil {
			return fmt.Errorf("chart of %q: %w", s.Name, err)
		}
		no++
	}
	return nil
}
