package desk

import "suiji/internal/page"

var registerPages = map[string]page.Page{
	"targets": &targetsPage{}, "target": &targetPage{}, "officers": &officersPage{}, "officer": &officerPage{},
	"items": &itemsPage{}, "item": &itemPage{}, "import-new": &newImportPage{}, "import": &importPage{},
}
