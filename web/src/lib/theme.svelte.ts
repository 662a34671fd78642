/// Light or dark: what the system asks for, until the reader chooses.
export type Choice = "system" | "light" | "dark";
const KEY = "countermove-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function stored(): Choice {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

class Theme {
  choice = $state<Choice>(stored());
  system = $state(dark.matches);
  shown = $derived(this.choice === "system" ? (this.system ? "dark" : "light") : this.choice);

  constructor() {
    dark.addEventListener("change", (event) => {
      this.system = event.matches;
      this.apply();
    });
    this.apply();
  }

  set(choice: Choice) {
    this.choice = choice;
    this.apply();
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // private windows may keep nothing; the choice holds for this page
    }
  }

  private apply() {
    document.documentElement.dataset.theme = this.shown;
  }
}

export const theme = new Theme();
