// The slider of a day writes a month into the field of its form; letting it go, or Enter, sends the form.
"use strict";
(() => {
  for (const slider of document.querySelectorAll("input[type=range][data-first]")) {
    const field = slider.form.elements["as-of"];
    const [year, month] = slider.dataset.first.split("-").map(Number);
    const today = new Date();
    const text = (months) => {
      const whole = month - 1 + months;
      return `${year + Math.floor(whole / 12)}-${String((whole % 12) + 1).padStart(2, "0")}`;
    };
    const [, shownYear, shownMonth] = /^(\d{4})(?:-(\d{2}))?/.exec(field.value) || [];
    slider.max = (today.getFullYear() - year) * 12 + today.getMonth() + 1 - month;
    slider.value = shownYear ? (shownYear - year) * 12 + Number(shownMonth || 12) - month : slider.max;
    const say = () => slider.setAttribute("aria-valuetext", text(Number(slider.value)));
    say();
    slider.hidden = false;
    slider.addEventListener("input", () => {
      field.value = text(Number(slider.value));
      say();
    });
    slider.addEventListener("pointerup", () => slider.form.requestSubmit());
    slider.addEventListener("keydown", (event) => event.key === "Enter" && slider.form.requestSubmit());
  }
})();
